"""Times the data layer: `footnote bench data`.

With a folder of real data (as README says of `../shared/data`) it measures real filings; without
one the bundled sample, whose 10-K is invented and whose companyfacts are written from the table.
"""

from __future__ import annotations

import importlib
import io
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evals.bench import passages as passage_bench
from evals.bench.measure import Measure, measure, seconds
from evals.bench.screen import screen, synthesise_companies
from memory.seeding import SEEDS
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.resolve import resolve
from tools.ingestion.intake import DEFAULT_MAX_BYTES
from tools.ingestion.preparing import Ready, Rules, prepare
from tools.ingestion.run import after_storing, ingest
from tools.ingestion.sources import Source, load
from tools.sample import INVENTED_10K, load_sample, read_facts
from tools.warehouse import Warehouse
from tools.xbrl.inline import parse_text
from tools.xbrl.markup import decode

RUNS = 5
_FILINGS = 5
_FIGURES = "figures.duckdb"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is measured: a few 10-Ks, a few companyfacts files, and where there is room to work."""

    filings: tuple[Path, ...]
    companyfacts: tuple[Path, ...]
    work: Path
    note: str


def run_data_bench(data: Path | None, only: str | None = None) -> Iterator[tuple[str, Measure]]:
    """Measure one thing after another; gives each under its name as it is done.

    Args:
        data: A folder with `filings/10k` and `edgar/companyfacts`; the bundled sample if None.
        only: The start of a name, to measure that alone.
    """
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
        inputs = _real(data, Path(folder)) if data else _sample(Path(folder))
        for name, work in _BENCHES.items():
            if only is None or name.startswith(only):
                yield name, work(inputs)


def _real(data: Path, work: Path) -> Inputs:
    """Five 10-Ks of five companies, over the alphabet, and four companyfacts files."""
    companies = sorted(entry for entry in (data / "filings" / "10k").iterdir() if entry.is_dir())
    every = max(1, len(companies) // _FILINGS)
    filings = [sorted(folder.glob("10K_*"))[-1] for folder in companies[::every][:_FILINGS]]
    facts = sorted((data / "edgar" / "companyfacts").glob("CIK*"))[:4]
    return Inputs(tuple(filings), tuple(facts), work, "real filings")


def _sample(work: Path) -> Inputs:
    """The invented 10-K, and the sample's facts written as companyfacts."""
    files = []
    for cik, rows in read_facts():
        tags: dict[str, Any] = defaultdict(lambda: {"units": defaultdict(list)})
        for row in rows:
            fact = {
                "end": row["period_end"], "val": float(row["value"]), "accn": row["accession"],
                "fy": 0, "fp": None, "form": row["form"], "filed": row["filed"],
            }  # fmt: skip
            if row["period_start"]:
                fact["start"] = row["period_start"]
            tags[row["concept"].split(":")[1]]["units"][row["unit"]].append(fact)
        path = work / f"CIK{cik:010d}.json"
        path.write_text(json.dumps({"cik": cik, "entityName": "x", "facts": {"us-gaap": tags}}))
        files.append(path)
    return Inputs((INVENTED_10K,), tuple(files), work, "the bundled sample")


def _facts_of_10k(inputs: Inputs) -> Measure:
    peer = _module("ixbrlparse")
    ours, theirs, ratios = [], [], []
    for path in inputs.filings:
        text = decode(load(Source(path), DEFAULT_MAX_BYTES).data)
        times = [seconds(partial(parse_text, text)) for _ in range(RUNS)]
        ours += times
        if peer is not None:
            spent = seconds(partial(peer.IXBRL, io.StringIO(text), raise_on_error=False))
            theirs.append(spent)
            ratios.append(spent / sorted(times)[len(times) // 2])
    without = "" if peer else "; no peer: install ixbrlparse (the extra `bench`)"
    note = f"facts, contexts and units of {len(inputs.filings)} 10-Ks ({inputs.note}), {RUNS} runs"
    return measure(
        ours, "s", ">= 50 x", peers=theirs, ratios=ratios,
        note=f"{note} each; peer: ixbrlparse, one run each{without}",
    )  # fmt: skip


def _whole_10k(inputs: Inputs) -> Measure:
    """Facts, sections, tables, passages and their index, parsed and stored, without vectors."""
    ours: list[float] = []
    theirs: list[float] = []
    ratios = []
    parse = _edgartools()
    for number, path in enumerate(inputs.filings):
        times = [
            _store_one(inputs.work / f"whole-{number}-{run}.duckdb", path) for run in range(RUNS)
        ]
        ours += times
        if parse is not None:
            text = decode(load(Source(path), DEFAULT_MAX_BYTES).data)
            theirs.append(seconds(partial(parse, text)))
            ratios.append(theirs[-1] / sorted(times)[len(times) // 2])
    note = (
        f"{len(inputs.filings)} 10-Ks ({inputs.note}), {RUNS} runs each, read, parsed and stored; "
        "peer: edgartools' parser, sections and tables only, nothing stored"
    )
    return measure(ours, "s", "< 2 s", peers=theirs, ratios=ratios, note=note)


def _store_one(place: Path, path: Path) -> float:
    with Warehouse.open(place) as warehouse:

        def work() -> None:
            result = prepare(Source(path), Rules())
            assert isinstance(result, Ready), result
            with warehouse.transaction() as connection:
                counts = result.prepared.store(connection)
                after_storing(connection, counts.ciks)

        spent = seconds(work)
    place.unlink()
    return spent


def _companyfacts(inputs: Inputs) -> Measure:
    rates = []
    for run in range(RUNS):
        place = inputs.work / f"facts-{run}.duckdb"
        with Warehouse.open(place) as warehouse:
            summary = ingest(warehouse, inputs.companyfacts)
            rates.append(summary.facts / summary.seconds * 60)
        place.unlink()
    note = (
        f"{len(inputs.companyfacts)} files ({inputs.note}), {summary.facts:,} facts, into a fresh "
        "warehouse without a metric catalogue"
    )
    return measure(rates, "facts/minute", ">= 1000000 facts/minute", note=note)


def _figure(inputs: Inputs) -> Measure:
    _with_figures(inputs).close()
    # Read-only, as the program has it open while it answers.
    with Warehouse.open(inputs.work / _FIGURES, read_only=True) as warehouse:
        asked = warehouse.connection.execute(
            "SELECT metric, cik, fiscal_year, fiscal_period FROM figure_version "
            "WHERE kind IN ('filed', 'formula') AND fiscal_period = 'FY' "
            "ORDER BY hash(metric, cik, fiscal_year) LIMIT 200"
        ).fetchall()
        resolve(warehouse, *asked[0])
        times = [seconds(partial(resolve, warehouse, *one)) * 1000 for one in asked]
    note = f"resolve one metric of one company in a fiscal year ({inputs.note})"
    return measure(times, "ms", "< 10 ms", note=note)


def _screen(inputs: Inputs) -> Measure:
    with _with_figures(inputs) as warehouse:
        companies = synthesise_companies(warehouse, 500)
        found = screen(warehouse)
        times = [seconds(lambda: screen(warehouse)) for _ in range(4 * RUNS)]
    note = (
        f"{companies} companies, copied under new CIKs with scaled values ({inputs.note}), "
        f"screened by 5 metrics over the stored figures; {len(found)} pass"
    )
    return measure(times, "s", "< 1 s", note=note)


def _with_figures(inputs: Inputs) -> Warehouse:
    """A warehouse with companyfacts or the sample, and all figures."""
    place = inputs.work / _FIGURES
    exists = place.exists()
    warehouse = Warehouse.open(place)
    if not exists:
        install_catalogue(warehouse, Catalogue.load(SEEDS / "metrics.yaml"))
        if inputs.filings == (INVENTED_10K,):
            load_sample(warehouse)
        ingest(warehouse, inputs.companyfacts)
    return warehouse


def _passages(inputs: Inputs) -> Measure:
    found = {one.kind: one for one in passage_bench.run(inputs.work / "search")}
    everything = found["everything"]
    note = (
        f"words and vectors over {everything.passages:,} passages, without embedding the question"
    )
    return measure(everything.milliseconds, "ms", "< 50 ms", note=note)


_BENCHES: dict[str, Callable[[Inputs], Measure]] = {
    "facts_of_10k": _facts_of_10k,
    "whole_10k": _whole_10k,
    "companyfacts": _companyfacts,
    "figure": _figure,
    "screen": _screen,
    "passages": _passages,
}


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _edgartools() -> Callable[[str], object] | None:
    edgar = _module("edgar.documents")
    if edgar is None:
        return None

    def parse(text: str) -> object:
        config = edgar.ParserConfig(form="10-K", extract_xbrl=False)
        document = edgar.HTMLParser(config).parse(text)
        return document.sections, document.tables

    return parse
