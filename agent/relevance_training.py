"""Train the ranker of evidence lines on FinQA's training questions.

    python -m agent.relevance_training DATA OUT.npz [--embeddings]

The second network sees scores of a first one that was trained without the page at hand, as it
will on new pages: pages are cut into three parts for that.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from adapters.programs.evidence import EvidenceLine, Row
from adapters.programs.line_features import Page, first_features, read_page, second_features
from adapters.programs.relevance import Array, Layer
from adapters.training.contamination import fingerprint, shipped_refusals
from agent.training_rows.finqa_pages import read_questions
from agent.training_rows.program_examples import finqa_train, gold_positions

Embed = Callable[[Sequence[str]], Array]
_PARTS = 3
_UNITS = 48
_EPOCHS = 20


@dataclass(frozen=True)
class Labelled:
    """A question with its page and the lines that its program needs."""

    question: str
    group: str
    lines: tuple[EvidenceLine, ...]
    gold: tuple[int, ...]


def labelled(folder: Path) -> list[Labelled]:
    """Read the training questions with whole pages; FinQA's gold lines where it gives them."""
    found: dict[str, Labelled] = {}
    for question in read_questions(folder / "train_with_context.jsonl.gz"):
        if question.gold and (gold := gold_positions(question)):
            key = question.id or question.text
            found[key] = Labelled(question.text, question.page.id, question.page.lines, tuple(gold))
    for example in finqa_train(folder):
        if len(example.lines) > 6 and example.gold:
            one = Labelled(example.question, example.group, example.lines, example.gold)
            found.setdefault(example.id or example.question, one)
    refused = shipped_refusals().fingerprints
    return [one for one in found.values() if fingerprint(one.question) not in refused]


def train_layers(
    questions: Sequence[Labelled], embed: Embed | None, seed: int
) -> tuple[Layer, Layer]:
    """Train both networks.

    Args:
        questions: What to learn from.
        embed: Gives the lines' and questions' vectors; None leaves embeddings out.
        seed: Of the networks' start and the order of questions.
    """
    pages = [_page(one, embed) for one in questions]
    gold = [one.gold for one in questions]
    features = [np.asarray(first_features(page), dtype=np.float32) for page in pages]
    part = [int(hashlib.sha256(one.group.encode()).hexdigest(), 16) % _PARTS for one in questions]
    scores: list[list[float]] = [[] for _ in questions]
    for held_out in range(_PARTS):
        seen = [place for place, own in enumerate(part) if own != held_out]
        layer = _train([features[p] for p in seen], [gold[p] for p in seen], seed)
        for place, own in enumerate(part):
            if own == held_out:
                scores[place] = layer.scores(features[place].tolist())
    first = _train(features, gold, seed)
    both = [
        np.concatenate([one, np.asarray(second_features(page, score), dtype=np.float32)], axis=1)
        for one, page, score in zip(features, pages, scores, strict=True)
    ]
    return first, _train(both, gold, seed)


def save(path: Path, layers: dict[str, tuple[Layer, Layer]]) -> None:
    """Write pairs of networks as `adapters.programs.relevance` reads them."""
    arrays = {
        f"{prefix}.{step}.{name}": getattr(layer, name).astype(np.float32)
        for prefix, pair in layers.items()
        for step, layer in zip(("first", "second"), pair, strict=True)
        for name in Layer.__annotations__
    }
    np.savez_compressed(path, **arrays)


def similarities(question: str, lines: Sequence[EvidenceLine], embed: Embed) -> list[float]:
    """Return the cosine of each line's vector with the question's."""
    vectors = embed([question, *(line_text(line) for line in lines)])
    return [float(value) for value in vectors[1:] @ vectors[0]]


def line_text(line: EvidenceLine) -> str:
    """Return what of a line is embedded: a row's label and columns, or the sentence."""
    if isinstance(line, Row):
        return f"{line.label} {' '.join(column for column, _ in line.cells)}"[:300]
    return line.text[:400]


def _page(one: Labelled, embed: Embed | None) -> Page:
    known = similarities(one.question, one.lines, embed) if embed else None
    return read_page(one.question, one.lines, known)


def _train(features: Sequence[Array], gold: Sequence[Sequence[int]], seed: int) -> Layer:
    """Fit one network: the gold lines' share of a softmax over the page, and each line alone."""
    torch.manual_seed(seed)
    every = np.concatenate(list(features))
    mean, spread = every.mean(axis=0), every.std(axis=0) + 1e-6
    x, real, target = _padded([(one - mean) / spread for one in features], gold)
    hidden, output = torch.nn.Linear(x.shape[2], _UNITS), torch.nn.Linear(_UNITS, 1)
    network = torch.nn.Sequential(hidden, torch.nn.ReLU(), torch.nn.Dropout(0.2), output)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = _EPOCHS * (len(x) // 32 + 1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(_EPOCHS):
        for batch in torch.split(torch.randperm(len(x)), 32):
            scores = network(x[batch]).squeeze(-1).masked_fill(~real[batch], -1e4)
            wanted = target[batch]
            share = -(scores.log_softmax(dim=1) * wanted).sum(dim=1) / wanted.sum(dim=1)
            alone = torch.nn.functional.binary_cross_entropy_with_logits(
                scores, wanted, weight=real[batch].float(), reduction="sum"
            )
            loss = share.mean() + 0.3 * alone / len(batch) / 10
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    held = [hidden.weight, hidden.bias, output.weight[0], output.bias]
    weights = [tensor.detach().numpy() for tensor in held]
    return Layer(mean, spread, *weights)


def _padded(
    features: Sequence[Array], gold: Sequence[Sequence[int]]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return features [pages, lines, features], which lines are real, and which are gold."""
    longest = max(len(one) for one in features)
    x = torch.zeros(len(features), longest, features[0].shape[1])
    real = torch.zeros(len(features), longest, dtype=torch.bool)
    target = torch.zeros(len(features), longest)
    for place, one in enumerate(features):
        x[place, : len(one)] = torch.from_numpy(one)
        real[place, : len(one)] = True
        target[place, list(gold[place])] = 1.0
    return x, real, target


def main() -> None:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--embeddings", action="store_true", help="also train with embeddings")
    given = parser.parse_args()
    questions = labelled(given.data / "finqa")
    layers = {"words": train_layers(questions, None, seed=0)}
    if given.embeddings:
        from memory.embedder import MiniLM

        layers["similarity"] = train_layers(questions, MiniLM().embed, seed=0)
    save(given.out, layers)
    print(f"trained on {len(questions)} questions, wrote {given.out}")


if __name__ == "__main__":
    main()
