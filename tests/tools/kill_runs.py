"""Kills ingestions at random moments, and looks at what each left; a program of its own.

It forks the ingestions from a process that has no threads and no database open, which spares
each of them the start of Python.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.ingestion.finding import sources
from tools.ingestion.preparing import Rules, prepare
from tools.ingestion.run import catch_up, ingest
from tools.ingestion.sources import Source
from tools.warehouse import Warehouse

# `ingested` and `applied` are the clock's; the hash tells the file.
SHOWN = {"ingested_file": "content_sha256, kind, cik", "schema_migration": "number, name"}


def tables_of(warehouse: Warehouse) -> list[str]:
    rows = warehouse.connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]


def whole_state(warehouse: Warehouse) -> dict[str, list[str]]:
    """Every row of every table, except times of day."""
    return {
        table: sorted(
            map(repr, warehouse.connection.execute(
                f"SELECT {SHOWN.get(table, '*')} FROM {table}").fetchall())
        )
        for table in tables_of(warehouse)
    }  # fmt: skip


def orphans(warehouse: Warehouse) -> list[str]:
    """Tables with rows of a filing or a company that is not there."""
    columns = warehouse.connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
    ).fetchall()
    tables = set(tables_of(warehouse))
    found = []
    for table, column in columns:
        owner = {"accession": "filing", "cik": "company"}.get(column)
        if owner is None or table not in tables or table == owner:
            continue
        [(lost,)] = warehouse.connection.execute(
            f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL "
            f"AND {column} NOT IN (SELECT {column} FROM {owner})"
        ).fetchall()
        if lost:
            found.append(f"{table}.{column}: {lost}")
    return found


def forked(work: Callable[[], Any]) -> Any:
    """Do work in a forked process; returns what it returned."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writing, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


def run(path: Path, inbox: Path, workers: int, kill_after: float | None = None) -> float:
    """Ingest in a forked process, killed some time after its first file; returns its seconds."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)

        def tell(event: Any) -> None:
            if event.index == 1 and event.outcome != "started":
                os.write(writing, b"1")

        if kill_after is not None and not workers:
            os.write(writing, b"1")  # the creation of the warehouse is worth a kill too
        with Warehouse.open(path) as warehouse:
            ingest(warehouse, [inbox], workers=workers, progress=tell)
        os._exit(0)
    os.close(writing)
    os.read(reading, 1)
    began = time.monotonic()
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    return time.monotonic() - began


def reference(path: Path, inbox: Path) -> dict[str, Any]:
    """States after each file of an uninterrupted run, and at its end."""
    states: list[Any] = []
    with Warehouse.open(path) as warehouse:
        states.append(whole_state(warehouse))

        def note(event: Any) -> None:
            if event.outcome == "done":
                states.append(whole_state(warehouse))

        began = time.monotonic()
        ingest(warehouse, [inbox], progress=note, workers=0)
        seconds = time.monotonic() - began
        return {"states": states, "end": whole_state(warehouse), "seconds": seconds}


def inspect(path: Path, inbox: Path, right: dict[str, Any]) -> dict[str, Any]:
    """What a killed run left: files in, what is wrong with them, and after running again."""
    existed = path.exists()
    with Warehouse.open(path) as warehouse:
        left = whole_state(warehouse)
        files = len(left["ingested_file"])
        problems = orphans(warehouse)
        right_now = right["states"][files]
        is_complete = files == len(right["states"]) - 1
        differing = [
            table
            for table in left
            if left[table] != right_now[table]
            and not (is_complete and left[table] == right["end"][table])  # what a run ends with
        ]
        catch_up(warehouse)
        ingest(warehouse, [inbox], workers=0)
        after = whole_state(warehouse)
        changed = [table for table in after if after[table] != right["end"][table]]
    return {
        "existed": existed, "files": files, "orphans": problems, "differing": differing,
        "after_resuming": changed,
    }  # fmt: skip


def main() -> None:
    folder, inbox = Path(sys.argv[1]), Path(sys.argv[2])
    kills, workers = int(sys.argv[3]), int(sys.argv[4])
    for item in sources([inbox]):  # imports what parsing needs, once for all forks
        assert isinstance(item, Source)
        prepare(item, Rules())
    right = forked(lambda: reference(folder / "reference.duckdb", inbox))
    seconds = run(folder / "timed.duckdb", inbox, workers)
    chance = random.Random(3)
    for number in range(kills):
        path = folder / f"{number}.duckdb"
        share = chance.uniform(number, number + 1) / kills  # one in each part of the run
        run(path, inbox, workers, kill_after=share * seconds)
        print(json.dumps(forked(lambda path=path: inspect(path, inbox, right))), flush=True)


if __name__ == "__main__":
    main()
