"""Read filings for a passage question: whole sentences, ranked by meaning and by shared words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.ledger import Ledger
from agent.spoken import asks_document, documents_of, no_document
from agent.state import CompanyRef, Evidence, Found, Plan
from tools.documents.sentences import split_sentences
from tools.search.passages import PassageHit, search
from tools.warehouse import Warehouse

Embed = Callable[[list[str]], npt.NDArray[np.float32]]

PASSAGES = 10
SENTENCES = 8
MIN_WORDS, MAX_WORDS = 6, 90
# A sentence this close to one already chosen says the same again.
_REPEATS = 0.86
# A passage's place among the hits counts a little: its sentences share its context.
_PASSAGE_WEIGHT = 0.06
# Below this cosine between question and best sentence, the filing is silent on the topic.
RELEVANT = 0.5
# A sentence that scores below this share of the best one is off the topic.
_KEEP = 0.68
_SHARED_WORD_WEIGHT = 0.25
_NO_NUMBER_COST = 0.25
_COUNTING = re.compile(
    r"\b(?:how\s+(?:many|much|big|large)|what\s+(?:percent\w*|share|portion|number)|number\s+of)\b",
    re.IGNORECASE,
)
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
    wanted = asks_document(plan.topic)
    for company in plan.companies:
        if wanted:
            accessions = documents_of(warehouse, company, plan, wanted)
        else:
            accessions = _filings(warehouse, company, plan)
        if not accessions:
            missing.append(no_document(company, wanted) if wanted else _no_text(company, plan))
            continue
        topic = topic_of(wanted.topic if wanted else plan.topic, company)
        hits = search(
            warehouse, topic, embed=embed, model_id=model_id,
            ciks=[company.cik], accessions=accessions, as_of=plan.as_of, k=PASSAGES,
            items=[wanted.part] if wanted and wanted.part else None,
        )  # fmt: skip
        best = rank_sentences(topic, hits, embed, counts=asks_count(plan.topic))[:SENTENCES]
        if not best or best[0].score < RELEVANT:
            what = wanted.kind if wanted else "filing"
            missing.append(f"No passage of {company.name}'s {what} speaks of that.")
        else:
            found += [one for one in best if one.score >= _KEEP * best[0].score]
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


def asks_count(question: str) -> bool:
    """Return whether a number is asked for, so that sentences with one go first."""
    return bool(_COUNTING.search(question))


def rank_sentences(
    topic: str, hits: Sequence[PassageHit], embed: Embed, *, counts: bool = False
) -> list[Sentence]:
    """Return the sentences of passages, best first, without near-repeats.

    The score is the cosine with the topic plus the share of its words that the sentence has and a
    little for the passage's place; with `counts`, a sentence without a number loses.
    """
    pairs = [
        (hit, " ".join(hit.text[start:end].split()))
        for hit in hits
        for start, end in split_sentences(hit.text)
    ]
    pairs = [pair for pair in pairs if pair[1] and _is_quotable(pair[1])]
    if not pairs:
        return []
    vectors = embed([text for _, text in pairs] + [topic])
    cosines = vectors[:-1] @ vectors[-1]
    wanted = _stems(topic)
    place = {hit.passage_id: n for n, hit in enumerate(hits)}
    scores = [
        float(cosine)
        + _SHARED_WORD_WEIGHT * _share(wanted, text)
        + _PASSAGE_WEIGHT * (1 - place[hit.passage_id] / len(hits))
        - (_NO_NUMBER_COST if counts and not re.search(r"\d", text) else 0)
        for (hit, text), cosine in zip(pairs, cosines, strict=True)
    ]
    order = sorted(range(len(pairs)), key=lambda n: (-round(scores[n], 5), n))
    kept: list[int] = []
    for n in order:
        if not any(float(vectors[n] @ vectors[other]) > _REPEATS for other in kept):
            kept.append(n)
    return [Sentence(*pairs[n], round(scores[n], 5)) for n in kept]


def _is_quotable(text: str) -> bool:
    """Return whether a text is a whole sentence of prose: no list item, heading or lead-in."""
    words = len(text.split())
    return MIN_WORDS <= words <= MAX_WORDS and text[0] not in "•-–·*" and text[-1] in ".!?”\"')"


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
