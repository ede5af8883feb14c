"""Read filings for a passage question: whole sentences, ranked by meaning and by shared words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.ledger import Ledger
from agent.state import CompanyRef, Evidence, Found, Plan
from tools.passages import PassageHit, search
from tools.sentences import split_sentences
from tools.warehouse import Warehouse

Embed = Callable[[list[str]], npt.NDArray[np.float32]]

PASSAGES = 8
SENTENCES = 6
MIN_WORDS, MAX_WORDS = 6, 90
# Below this cosine between question and best sentence, the filing is silent on the topic.
RELEVANT = 0.34
_SHARED_WORD_WEIGHT = 0.25
_ASKING = re.compile(
    r"\b(?:what|which|how|why|who|where|when|does|do|did|is|are|was|were|say|says|said|about|tell|me|us|"
    r"describe|explain|discuss|mention|disclose|according|to|its|in|the|their|latest|annual|report|"
    r"10-k|filing|company|please|can|you|has|have|much|many)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage and how well it fits the question, higher is better."""

    hit: PassageHit
    text: str
    score: float


def read(plan: Plan, warehouse: Warehouse, ledger: Ledger, *, embed: Embed, model_id: str) -> Found:
    """Find the sentences that speak to a plan's topic, best first.

    Returns:
        Evidence for each sentence under the role `sentences`; or what is missing.
    """
    found: list[Sentence] = []
    missing: list[str] = []
    for company in plan.companies:
        accessions = _filings(warehouse, company, plan)
        if not accessions:
            missing.append(_no_text(company, plan))
            continue
        topic = topic_of(plan.topic, company)
        hits = search(
            warehouse, topic, embed=embed, model_id=model_id,
            ciks=[company.cik], accessions=accessions, as_of=plan.as_of, k=PASSAGES,
        )  # fmt: skip
        best = rank_sentences(topic, hits, embed)[:SENTENCES]
        if not best or best[0].score < RELEVANT:
            missing.append(f"No passage of {company.name}'s filing speaks of that.")
        else:
            found += best
    entered: list[Evidence] = [ledger.enter_passage(one.hit, one.text) for one in found]
    roles = {"sentences": tuple(item.key for item in entered)}
    return Found(ledger.items, roles, () if found else tuple(missing))


def topic_of(question: str, company: CompanyRef) -> str:
    """Return the question without the company's name and the words of asking."""
    text = question
    for name in {company.written, company.name, company.ticker} - {""}:
        text = re.sub(rf"\b{re.escape(name)}(?:'s|’s)?(?!\w)", " ", text, flags=re.IGNORECASE)
    bare = _ASKING.sub(" ", text)
    bare = re.sub(r"\b(?:19|20)\d{2}\b|[?\"“”]", " ", bare)
    return " ".join(bare.split()) or question


def rank_sentences(topic: str, hits: Sequence[PassageHit], embed: Embed) -> list[Sentence]:
    """Return the sentences of passages by cosine with the topic plus the share of its words."""
    pairs = [
        (hit, " ".join(hit.text[start:end].split()))
        for hit in hits
        for start, end in split_sentences(hit.text)
    ]
    pairs = [pair for pair in pairs if MIN_WORDS <= len(pair[1].split()) <= MAX_WORDS]
    if not pairs:
        return []
    vectors = embed([text for _, text in pairs] + [topic])
    cosines = vectors[:-1] @ vectors[-1]
    wanted = _stems(topic)
    ranked = [
        Sentence(hit, text, round(float(cosine) + _SHARED_WORD_WEIGHT * _share(wanted, text), 5))
        for (hit, text), cosine in zip(pairs, cosines, strict=True)
    ]
    ranked.sort(key=lambda one: (-one.score, one.hit.ordinal, one.text))
    return list({one.text: one for one in reversed(ranked)}.values())[::-1]


def _share(wanted: set[str], text: str) -> float:
    return len(wanted & _stems(text)) / len(wanted) if wanted else 0.0


def _stems(text: str) -> set[str]:
    return {word[:6] for word in re.findall(r"[a-z]{3,}", text.lower())}


def _filings(warehouse: Warehouse, company: CompanyRef, plan: Plan) -> list[str]:
    """Return the filings to read: those of the years asked for, else the newest annual report."""
    rows = warehouse.connection.execute(
        "SELECT accession, fiscal_year FROM filing WHERE cik = ? AND (? IS NULL OR filed <= ?) "
        "AND accession IN (SELECT accession FROM passage) "
        "ORDER BY form NOT LIKE '10-K%', period_end DESC, filed DESC",
        [company.cik, plan.as_of, plan.as_of],
    ).fetchall()
    years = {period.fiscal_year for period in plan.periods}
    if years:
        return [accession for accession, year in rows if year in years]
    return [accession for accession, _ in rows[:1]]


def _no_text(company: CompanyRef, plan: Plan) -> str:
    years = ", ".join(sorted({f"fiscal year {period.fiscal_year}" for period in plan.periods}))
    of = f" for {years}" if years else ""
    return (
        f"No text of a filing of {company.name}{of} is on file; ingest its 10-K with "
        "`footnote ingest PATH`."
    )
