"""What the graph's nodes do: each function takes the state and the parts and returns a result."""

from __future__ import annotations

import time
from dataclasses import replace

from agent.act import Bench, act
from agent.answer import (
    abstain,
    definition_text,
    finish,
    label_places,
    passage_text,
    phrasings,
    with_options,
    without_figures,
)
from agent.assemble import Parts
from agent.check import check_text
from agent.desk import Blocked
from agent.holdings_answer import find_holdings, holdings_text
from agent.ledger import Ledger
from agent.market_act import act_on_prices
from agent.market_plan import HOLDINGS, NEWS
from agent.news_answer import find_news, news_text
from agent.plan import UNANSWERABLE, draft_plans, vet
from agent.plan_choice import choose_by_model
from agent.process import Process
from agent.reading import read
from agent.state import Answer, Evidence, Found, Plan, Recalled, State, Step, Understanding
from agent.statement_answer import find_statement, statement_text
from agent.understand import MAX_QUESTION_CHARACTERS, understand
from tools.errors import ToolError

_QUOTED = 5
_RECALLED, _MORE_TERMS = 40, 6
NOTHING_ASKED = (
    'Ask about a company on file, for example: "What was Apple\'s revenue in fiscal 2023?"'
)


def understand_question(state: State, parts: Parts) -> Understanding | Answer:
    """Link the question's words, or say why there is nothing to link."""
    question = state["question"].strip()
    if not any(letter.isalnum() for letter in question):
        return Answer("abstained", f"There is no question here. {NOTHING_ASKED}")
    if len(question) > MAX_QUESTION_CHARACTERS:
        return Answer(
            "abstained",
            "That is too long for one question. Put it in a sentence or two; documents go in "
            "with `footnote ingest PATH`.",
        )
    return understand(question, parts.linkers, state.get("context"))


def recall_records(found: Understanding, parts: Parts) -> tuple[Recalled, ...]:
    """Recall terms, processes and corrections that the question is about.

    Where every word is linked already, names are enough; meaning is asked where words are left.
    """
    from memory.recall import recall

    by_meaning = recalls_by_meaning(found)
    hits = recall(parts.memory, found.question, k=_RECALLED, by_meaning=by_meaning)
    terms = [hit for hit in hits[8:] if hit.record.kind == "term"]
    hits = [*hits[:8], *terms[:_MORE_TERMS]]
    return tuple(
        Recalled(
            hit.record.id,
            hit.record.kind,
            hit.record.name,
            hit.record.text,
            hit.score,
            hit.record.is_taught,
            {**hit.record.data, "named": bool(hit.phrase)},
        )
        for hit in hits
    )


def recalls_by_meaning(found: Understanding) -> bool:
    """Return whether names are not enough to recall what a question is about."""
    return not (found.companies and found.metrics) or bool(found.leftover)


def choose_plan(state: State, parts: Parts) -> tuple[Plan | Answer, int, Step]:
    """Draft plans, let the model choose where several are in doubt, vet the choice.

    Returns:
        The plan, or the answer where there is none; how many untried plans are left; the step.
    """
    started = time.perf_counter()
    found, recalled = state["understanding"], state.get("recalled", ())
    drafted = draft_plans(found, parts.desk, recalled)
    if not state["tried"] and _is_open(found, drafted) and parts.has_adapter("plan"):
        return _choose_by_model(state, drafted, parts, started)
    if isinstance(drafted, Blocked):
        return _refusal(drafted, parts), 0, _step("plan", "loop", started)
    open_plans = [plan for plan in drafted if plan.line not in state["tried"]]
    line, step = _ask_for_plan(open_plans, found, parts, started)
    plan = next(one for one in open_plans if one.line == line)
    return _vetted(plan, len(open_plans) - 1, step, parts)


def _is_open(found: Understanding, drafted: list[Plan] | Blocked) -> bool:
    """Return whether there is a choice.

    Not where a date or an empty warehouse forbids a plan, or words for prices, news or the
    warehouse itself settle it.
    """
    if found.market or found.holdings:
        return False
    return not found.unread and not (isinstance(drafted, Blocked) and drafted.final)


def _choose_by_model(
    state: State, drafted: list[Plan] | Blocked, parts: Parts, started: float
) -> tuple[Plan | Answer, int, Step]:
    found, context = state["understanding"], state.get("context")
    before = context.question if context and found.follow_up else ""
    chosen = choose_by_model(found, state.get("recalled", ()), drafted, parts, before=before)
    if chosen is None:
        blocked = drafted if isinstance(drafted, Blocked) else Blocked(UNANSWERABLE)
        return _refusal(blocked, parts), 0, _step("plan", "loop", started)
    done = chosen.completion
    sure = f"{chosen.choice} ({chosen.probability:.2f})"
    step = replace(
        _step("plan", "model", started, "plan", detail=sure),
        adapter=done.adapter,
        prompt_tokens=done.prompt_tokens,
        output_tokens=done.output_tokens,
    )
    if chosen.plan is None:
        blocked = drafted if isinstance(drafted, Blocked) else Blocked(UNANSWERABLE)
        return _refusal(blocked, parts), 0, step
    others = [] if isinstance(drafted, Blocked) else drafted
    left = sum(plan.line != chosen.plan.line for plan in others)
    return _vetted(chosen.plan, left, step, parts)


def _refusal(blocked: Blocked, parts: Parts) -> Answer:
    answer = abstain([blocked.text], parts.wording)
    if not blocked.options:
        return answer
    return with_options(replace(answer, text=blocked.text), blocked.options, parts.wording)


def _vetted(plan: Plan, left: int, step: Step, parts: Parts) -> tuple[Plan | Answer, int, Step]:
    if fault := vet(plan, parts.desk):
        return abstain([f"The plan does not hold: {fault}."], parts.wording), 0, step
    return plan, left, step


def carry_out(state: State, parts: Parts) -> tuple[Found, list[Step]]:
    """Carry a plan out; a program's error is reported like missing data."""
    started = time.perf_counter()
    plan = state["plan"]
    assert plan is not None
    try:
        found = _carry_out(plan, parts)
    except ToolError as error:
        found = Found(missing=(str(error),))
    spent = (time.perf_counter() - started) * 1000
    programs = sum(item.kind == "program" for item in found.evidence)
    task = "read" if plan.process == "passage" else "lookup"
    steps = [Step("act", "data", task, ms=round(spent, 1), detail=plan.line)]
    if programs:
        steps.append(Step("act", "script", "compute", detail=f"{programs} programs"))
    return found, steps


def word_answer(state: State, parts: Parts) -> tuple[Answer, Step]:
    """Word the answer from the evidence; refuse it if a number has no footnote."""
    started = time.perf_counter()
    plan, found = state["plan"], state["found"]
    assert plan is not None
    if state["problems"]:
        return abstain(state["problems"], parts.wording), _step("answer", "loop", started)
    text, step = _worded(plan, found, state["understanding"], parts, started)
    answer, numbers = finish(text, found)
    faults = check_text(answer.text, found.evidence, numbers, as_of=plan.as_of)
    if faults:
        return abstain(
            [f"The wording did not pass the number check: {faults[0]}."], parts.wording
        ), step
    return answer, step


def merge_reply(state: State, reply: str) -> str:
    """Return the question with the reply put in the place of what was ambiguous."""
    found, answer = state["understanding"], state["answer"]
    assert answer is not None
    options = list(answer.options)
    wanted = reply.strip().lower()
    if wanted.isdigit() and 0 < int(wanted) <= len(options):
        chosen = options[int(wanted) - 1]
    else:
        fits = [option for option in options if wanted and wanted in option.lower()]
        if len(fits) != 1 and wanted not in [option.lower() for option in options]:
            return reply
        chosen = next((o for o in options if o.lower() == wanted), fits[0] if fits else reply)
    unclear = [w for w, _ in found.ambiguous_companies] + [
        m.written for m in found.metrics if not m.usual
    ]
    for written in unclear[:1]:
        return found.question.replace(written, chosen.split(" (")[0], 1)
    return reply


def context_after(state: State) -> Understanding | None:
    """Return what the next question of the conversation may refer to."""
    found, answer = state.get("understanding"), state.get("answer")
    if found is None or answer is None or answer.status != "answered":
        return state.get("context")
    return found


def _ask_for_plan(
    plans: list[Plan], found: Understanding, parts: Parts, started: float
) -> tuple[str, Step]:
    from adapters.completion import complete
    from adapters.grammar import Grammar
    from adapters.tasks.plan_by_example import PLAN_BY_EXAMPLE

    lines = list(dict.fromkeys(plan.line for plan in plans))
    if len(lines) == 1:
        return lines[0], _step("plan", "model", started, "plan", detail=f"forced: {lines[0]}")
    notes = [parts.processes[name].description for name in dict.fromkeys(p.process for p in plans)]
    done = complete(
        parts.model,
        PLAN_BY_EXAMPLE,
        {"question": found.question, "candidates": lines, "context": " ".join(notes) or "none"},
        Grammar.of_choices(lines),
        method="choose",
    )
    step = _step("plan", "model", started, "plan", detail=done.text)
    return done.text, replace(
        step,
        adapter=done.adapter,
        prompt_tokens=done.prompt_tokens,
        output_tokens=done.output_tokens,
    )


def _carry_out(plan: Plan, parts: Parts) -> Found:
    ledger = Ledger(parts.sandbox, dict(parts.wording.labels))
    if plan.process == "passage":
        embedder = parts.memory.embedder
        return read(
            plan, parts.warehouse, ledger,
            embed=lambda texts: embedder.embed(texts), model_id=embedder.model_id,
        )  # fmt: skip
    if plan.process == "definition":
        return _define(plan, parts, ledger)
    if plan.process == NEWS:
        return find_news(plan, parts.warehouse, ledger)
    if plan.process == HOLDINGS:
        return find_holdings(plan, parts.sources, ledger)
    if plan.process == "statement":
        return find_statement(plan, parts.warehouse, ledger)
    bench = Bench(parts.warehouse, parts.sandbox, dict(parts.wording.labels))
    process = process_for(plan, parts)
    return act_on_prices(plan, process, bench) if process.over_prices else act(plan, process, bench)


def process_for(plan: Plan, parts: Parts) -> Process:
    """Return the process record that a plan names."""
    return parts.processes[plan.process]


def _define(plan: Plan, parts: Parts, ledger: Ledger) -> Found:
    records = {record.name: record for record in parts.memory.list(("term",))}
    processes = {one.name: one for one in parts.price_processes}
    measures = {name: processes[name] for name in plan.metrics if name in processes}
    known = {*records, *measures}
    missing = [f"No term {name!r} is remembered." for name in plan.metrics if name not in known]
    for name, process in measures.items():
        worked = f" It is worked out as {spell_formula(process.program, parts)}."
        text = f"{process.label}: {process.description}{worked if process.program else ''}"
        ledger.enter_term(process.label, text, {"taught_by": "seed", "record": name})
    for name in plan.metrics:
        if record := records.get(name):
            label = str(record.data.get("label", name))
            text = f"{label}: {record.text}"
            if formula := record.data.get("formula"):
                first = formula if isinstance(formula, str) else formula[0]
                text += f" It is worked out as {spell_formula(first, parts)}."
            source = {"taught_by": record.taught_by, "record": record.id}
            ledger.enter_term(label, text, source)
    return Found(ledger.items, {}, tuple(missing))


def spell_formula(formula: str, parts: Parts) -> str:
    """Write a formula over metric names in their labels."""
    text = formula
    for name in sorted(parts.catalogue.metrics, key=len, reverse=True):
        text = text.replace(name, f"{{{name}}}") if f"{{{name}" not in text else text
    return label_places(text, parts.wording).replace("*", "×").replace("/", "÷")


def _worded(
    plan: Plan, found: Found, asked: Understanding, parts: Parts, started: float
) -> tuple[str, Step]:
    if plan.process == "definition":
        return definition_text(found.evidence), _step("answer", "loop", started)
    if plan.process == "passage":
        return _quote(plan, found, asked, parts, started)
    if plan.process == "statement":
        return statement_text(plan, found), _step("answer", "loop", started)
    if plan.process == NEWS:
        return news_text(plan, found), _step("answer", "loop", started)
    if plan.process == HOLDINGS:
        return holdings_text(found), _step("answer", "loop", started)
    texts = phrasings(found, process_for(plan, parts), parts.wording)
    shown = without_figures(texts)
    if len(set(shown)) < 2:
        return texts[0], _step("answer", "model", started, "wording", detail="one phrasing")
    return _choose_wording(texts, shown, asked, parts, started)


def _choose_wording(
    texts: list[str], shown: list[str], asked: Understanding, parts: Parts, started: float
) -> tuple[str, Step]:
    from adapters.completion import complete
    from adapters.grammar import Grammar
    from adapters.tasks.wording import WORDING

    done = complete(
        parts.model,
        WORDING,
        {"question": asked.question, "phrasings": shown},
        Grammar.of_choices(shown),
        method="choose",
    )
    step = replace(
        _step("answer", "model", started, "wording", detail=done.text),
        adapter=done.adapter,
        prompt_tokens=done.prompt_tokens,
        output_tokens=done.output_tokens,
    )
    return texts[shown.index(done.text)], step


def _quote(
    plan: Plan, found: Found, asked: Understanding, parts: Parts, started: float
) -> tuple[str, Step]:
    """Quote each company's best sentences, and the one that the model picks."""
    from adapters.completion import complete
    from adapters.grammar import Grammar
    from adapters.tasks.qa import QA, picked_sentences

    by_key = {item.key: item for item in found.evidence}
    ranked = [by_key[key] for key in found.roles["sentences"]]
    quotes = [str(item.source["quote"]) for item in ranked]
    done = complete(
        parts.model,
        QA,
        {"question": asked.question, "sentences": quotes},
        Grammar.of_choices([str(n + 1) for n in range(len(quotes))]),
        method="choose",
    )
    step = replace(
        _step("answer", "model", started, "qa", detail=done.text),
        adapter=done.adapter,
        prompt_tokens=done.prompt_tokens,
        output_tokens=done.output_tokens,
    )
    best = [n for n in range(len(ranked)) if _place_of(n, ranked) < _QUOTED]
    chosen = sorted({*best, *picked_sentences(done.text)})
    return passage_text(plan, [(ranked[n], quotes[n]) for n in chosen]), step


def _place_of(n: int, ranked: list[Evidence]) -> int:
    """Return the place of a sentence among those of its company; they come best first."""
    return sum(item.company == ranked[n].company for item in ranked[:n])


def _step(node: str, layer: str, started: float, task: str = "", *, detail: str = "") -> Step:
    spent = round((time.perf_counter() - started) * 1000, 1)
    return Step(node, layer, task, ms=spent, detail=detail)  # type: ignore[arg-type]
