"""Where the parts meet: builds warehouse, memory, model, sandbox and linkers from the settings.

Each part is made when it is first asked for, so a question that needs no model loads none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import tools.errors
from agent.calendar import Calendar
from agent.compose import Wording
from agent.config import Settings
from agent.desk import Desk
from agent.linking.companies import Company, CompanyLinker
from agent.linking.cues import HARMLESS
from agent.linking.market import MarketLinker
from agent.linking.metrics import MetricLinker
from agent.process import Process
from agent.runs import RunStore
from agent.state import CompanyRef
from agent.taught import taught_metrics
from agent.understand import Linkers
from memory.seeding import SEEDS, seed
from tools.figures.materialise import is_stale
from tools.figures.members import Member, read_members
from tools.figures.metrics import Catalogue, install_catalogue
from tools.toolbox.sources import Sources
from tools.warehouse import InUse, Warehouse

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

    from memory.records import Record
    from memory.store import MemoryStore
    from tools.sandbox.interface import Sandbox

Progress = Callable[[str], None]
_LAZY_PARTS = (
    "sources", "warehouse", "catalogue", "memory", "processes", "sandbox", "model", "wording",
    "linkers", "desk",
)  # fmt: skip


class Parts:
    """Everything an agent works with, made on first use."""

    def __init__(self, settings: Settings, *, tell: Progress | None = None) -> None:
        """Remember the settings; nothing is opened yet.

        Args:
            settings: Where things lie and which model to use.
            tell: Called with a short line before something slow.
        """
        self.settings = settings
        self._tell = tell or (lambda line: None)
        self._closers: list[Callable[[], Any]] = []
        self._taught_words: dict[str, str] = {}

    def close(self) -> None:
        """Close what was opened, and let go of it: DuckDB complains of what lives on at exit."""
        while self._closers:
            self._closers.pop()()
        for name in _LAZY_PARTS:
            self.__dict__.pop(name, None)

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse, read-only, with the current catalogue installed.

        Read-only, so that several processes can ask at once.
        """
        if not self._is_current():
            self.open_for_writing().close()
        warehouse = self._open_warehouse(read_only=True)
        self._closers.append(warehouse.close)
        return warehouse

    @cached_property
    def sources(self) -> Sources:
        """What tool functions work with."""
        sources = Sources(
            self.warehouse,
            lambda: self.sandbox,
            lambda: (self.memory.embedder.embed, self.memory.embedder.model_id),
            everyday_names(SEEDS / "companies.yaml"),
        )
        self._closers.append(sources.close)
        return sources

    def open_for_writing(self) -> Warehouse:
        """Open the warehouse to add to it, with the current catalogue and nothing left undone."""
        from tools.ingestion.run import catch_up

        warehouse = self._open_warehouse(read_only=False)
        try:
            install_catalogue(warehouse, self.catalogue)
            catch_up(warehouse)
        except BaseException:
            warehouse.close()
            raise
        return warehouse

    def _open_warehouse(self, *, read_only: bool) -> Warehouse:
        return Warehouse.open(
            self.settings.warehouse_path,
            read_only=read_only,
            wait_seconds=self.settings.wait_seconds,
            tell=self._tell,
        )

    def _is_current(self) -> bool:
        """Return whether the warehouse has this schema, this catalogue and all its figures."""
        if not self.settings.warehouse_path.exists():
            return False
        try:
            with self._open_warehouse(read_only=True) as warehouse:
                installed = Catalogue.installed(warehouse).records
                return installed == self.catalogue.records and not is_stale(warehouse)
        except InUse:
            raise
        except tools.errors.SetupError:
            return False

    @cached_property
    def catalogue(self) -> Catalogue:
        """The metric catalogue: the shipped metrics and the formulas that were taught."""
        shipped = Catalogue.load(SEEDS / "metrics.yaml")
        by_name = {str(record["name"]): record for record in shipped.records}
        added, self._taught_words = taught_metrics(self._taught_terms(), by_name)
        if not added:
            return shipped
        whole = Catalogue.from_records([*shipped.records, *added])
        return replace(whole, ambiguous=shipped.ambiguous, verbs=shipped.verbs)

    def _taught_terms(self) -> list[Record]:
        if not self.settings.memory_path.exists():
            return []
        return [record for record in self.memory.list(("term",)) if record.is_taught]

    def forget_vocabulary(self) -> None:
        """Build catalogue, labels and linkers anew when next asked for: something was taught."""
        if "sources" in self.__dict__:
            self.sources.close()
        self.warehouse.close()
        for name in (
            "sources",
            "warehouse",
            "catalogue",
            "wording",
            "linkers",
            "desk",
            "processes",
        ):
            self.__dict__.pop(name, None)

    @cached_property
    def memory(self) -> MemoryStore:
        """The memory, seeded."""
        from memory.embedder import MiniLM
        from memory.store import MemoryStore

        store = MemoryStore.open(self.settings.memory_path, MiniLM())
        self._closers.append(store.close)
        seed(store)
        return store

    @cached_property
    def processes(self) -> dict[str, Process]:
        """All processes by name, as memory holds them."""
        return {
            record.name: Process.from_record(record.name, record.text, record.data)
            for record in self.memory.list(("process",))
        }

    @cached_property
    def sandbox(self) -> Sandbox:
        """The default sandbox for programs."""
        from tools.sandbox.monty import MontySandbox

        sandbox = MontySandbox()
        self._closers.append(sandbox.close)
        return sandbox

    @cached_property
    def model(self) -> BaseChatModel:
        """The language model that the settings name."""
        from adapters.connect import ModelSpec, connect

        self._tell("loading the model")
        settings = self.settings
        return connect(
            ModelSpec(
                kind=settings.model,
                source=settings.model_name,
                quantization=settings.quantization,
                device=settings.device,
                cache_dir=settings.cache,
                own_adapters=settings.home / "adapters",
                url=settings.model_url,
                api_key=settings.model_key.get_secret_value(),
            ),
            progress=self._tell,
        )

    def has_adapter(self, task: str) -> bool:
        """Return whether a trained adapter serves a task; loads no model where there is none."""
        from adapters.registry import NO_ADAPTER, SHIPPED_WEIGHTS

        if not self.settings.adapters:
            return False
        folders = (SHIPPED_WEIGHTS, self.settings.home / "adapters")
        held = any(any(folder.glob("*/card.json")) for folder in folders)
        if self.settings.model == "embedded" and not held:
            return False
        adapter_for: Any = getattr(self.model, "adapter_for", None)
        return adapter_for is not None and adapter_for(task) != NO_ADAPTER

    def is_balance(self, metric: str) -> bool:
        """Return whether a metric is a balance at a day, in dollars, and not a flow."""
        found = self.catalogue.metric(metric)
        return found.period_type == "instant" and found.unit == "USD"

    def is_flow(self, metric: str) -> bool:
        """Return whether a metric is a sum of dollars over a period."""
        found = self.catalogue.metric(metric)
        return found.period_type == "duration" and found.unit == "USD"

    def is_in_days(self, metric: str) -> bool:
        """Return whether a metric is a number of days."""
        return self.catalogue.metric(metric).unit == "days"

    def is_formula(self, metric: str) -> bool:
        """Return whether a metric is only ever worked out, never filed."""
        return not self.catalogue.metric(metric).concepts

    def has_text(self, cik: int) -> bool:
        """Return whether text of a filing of the company is on file."""
        row = self.warehouse.connection.execute(
            "SELECT count(*) FROM passage JOIN filing USING (accession) WHERE cik = ?", [cik]
        ).fetchone()
        return bool(row and row[0])

    def has_prices(self, cik: int) -> bool:
        """Return whether daily prices of the company are on file."""
        row = self.warehouse.connection.execute(
            "SELECT count(*) FROM bar JOIN company ON list_contains(company.tickers, bar.ticker) "
            "WHERE cik = ? AND timeframe = '1d' AND adjustment <> 'total'",
            [cik],
        ).fetchone()
        return bool(row and row[0])

    @cached_property
    def runs(self) -> RunStore:
        """The run records."""
        return RunStore(self.settings.runs_path)

    @cached_property
    def wording(self) -> Wording:
        """Labels and displays of all metrics."""
        metrics = self.catalogue.metrics.values()
        labels = {metric.name: metric.label for metric in metrics}
        displays = {metric.name: metric.display for metric in metrics}
        for process in self.price_processes:
            labels.setdefault(process.name, process.label)
            displays.setdefault(process.name, process.display)
        return Wording(labels, displays)

    @property
    def price_processes(self) -> list[Process]:
        """The processes over prices."""
        return [one for one in self.processes.values() if one.over_prices]

    @cached_property
    def linkers(self) -> Linkers:
        """Linkers over what the warehouse and the catalogue hold."""
        metrics = MetricLinker(self.catalogue, taught=self._taught_words, known=HARMLESS)
        rows = self.warehouse.connection.execute(
            "SELECT cik, name, tickers, former_names FROM company ORDER BY cik"
        ).fetchall()
        known_as = everyday_names(SEEDS / "companies.yaml")
        companies = CompanyLinker(
            [Company(cik, name, tickers[0] if tickers else "") for cik, name, tickers, _ in rows],
            tickers={cik: tickers for cik, _, tickers, _ in rows},
            other_names={cik: [*former, *known_as.get(cik, [])] for cik, _, _, former in rows},
            vocabulary=HARMLESS | metrics.vocabulary,
        )
        market = MarketLinker(
            {process.name: process.words for process in self.price_processes},
            {process.name: process.loose for process in self.price_processes},
        )
        return Linkers(companies, metrics, self.members, market)

    def members(self, cik: int) -> list[Member]:
        """Read the segments, products and regions that a company's filings name."""
        return read_members(self.warehouse, cik)

    @cached_property
    def desk(self) -> Desk:
        """What planning may look at."""
        rows = self.warehouse.connection.execute(
            "SELECT cik, name, tickers FROM company WHERE cik IN (SELECT cik FROM fact) "
            "OR cik IN (SELECT cik FROM filing WHERE accession IN (SELECT accession FROM section)) "
            "ORDER BY name"
        ).fetchall()
        companies = [
            CompanyRef(cik, name, tickers[0] if tickers else "") for cik, name, tickers in rows
        ]
        return Desk(
            companies, self.calendar, self.has_text, self.is_balance, self.is_flow, self.is_formula,
            self.catalogue.metrics.__contains__,
            self.has_prices,
            self.is_in_days,
        )  # fmt: skip

    def calendar(self, cik: int) -> Calendar:
        """Read a company's fiscal calendar."""
        return Calendar.read(self.warehouse, cik)


def everyday_names(path: Path) -> dict[int, list[str]]:
    """Read the names that people use for companies, by CIK."""
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {int(cik): [str(name) for name in names] for cik, names in content["companies"].items()}
