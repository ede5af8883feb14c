"""Catalogue figures against printed statements, by a path that shares no code with the tools.

`python -m evals.checks.figure_check` runs it over every 10-K; here the newest of each company.
"""

from collections import Counter

import pytest

from evals.checks.figure_check import check, report
from tools.figures.metrics import Catalogue, install_catalogue
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

GOAL = 0.995


@pytest.mark.data
@pytest.mark.timeout(900)
def test_figures_equal_what_the_statements_print(tmp_path, shared_data, pytestconfig, capsys):
    folders = sorted((shared_data / "filings" / "10k").glob("*/"))
    newest = [max(folder.glob("*.htm.gz")) for folder in folders if folder.is_dir()]
    with Warehouse.open(tmp_path / "warehouse.duckdb") as warehouse:
        seeds = pytestconfig.rootpath / "memory" / "seeds" / "metrics.yaml"
        install_catalogue(warehouse, Catalogue.load(seeds))
        assert ingest(warehouse, newest).skipped == []
        comparisons = check(shared_data, warehouse, newest_only=True)
    verdicts = Counter(one.verdict for one in comparisons)
    compared = verdicts["agrees"] + verdicts["differs"]
    with capsys.disabled():
        print("\n" + report(comparisons))
    assert compared >= 2000
    assert verdicts["agrees"] / compared >= GOAL
