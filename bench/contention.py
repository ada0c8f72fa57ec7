"""What many writers at once cost each other: 50 that all want one of a few places, on two nodes and one PostgreSQL.

    PILEUS_BENCH_DATABASE=postgresql://… python bench/contention.py     an empty database; nothing is measured without

Prints JSON lines: metric, value, unit, n.  A writer that is told to come back is one too many.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from statistics import quantiles

from sqlalchemy import Column, MetaData, Table, bindparam, func, select

from pileus.kernel.errors import OverQuota, Unavailable
from pileus.kernel.store import Id, Moment, Store, Tx

WRITERS, NODES, TIMES, ROOM = 50, 2, 600, 400

tables = MetaData()
places = Table(
    "bench_places",
    tables,
    Column("id", Id, primary_key=True),
    Column("project_id", Id, index=True, nullable=False),
    Column("created_at", Moment, nullable=False),
    info={"kind": "place"},
)
taken = select(func.count()).select_from(places).where(places.c.project_id == bindparam("project"))


def measured(url: str) -> Iterator[tuple[str, float, str]]:
    """Metric, value, unit."""
    nodes = [Store(url) for _ in range(NODES)]
    nodes[0].sketch()
    nodes[0].sketch(tables)
    runs = count()
    outcomes: Counter[str] = Counter()
    waited: list[float] = []

    def take(tx: Tx) -> None:
        next(runs)
        if tx.value(taken, project="one") >= ROOM:
            raise OverQuota("There is no room.")
        tx.insert(places, project_id="one")

    def one(number: int) -> None:
        begun = time.perf_counter()
        try:
            nodes[number % NODES].write(take)
            outcomes["made"] += 1
        except OverQuota:
            outcomes["over quota"] += 1
        except Unavailable:
            outcomes["told to come back"] += 1
        waited.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(one, range(TIMES)))
    yield "all of them", time.perf_counter() - begun, "s"
    for outcome in ("made", "over quota", "told to come back"):
        yield outcome, outcomes[outcome], "writers"
    yield "turns of each", next(runs) / TIMES, "turns"
    cuts = quantiles(waited, n=100)
    yield "one, median", cuts[49], "ms"
    yield "one, 99th of a hundred", cuts[98], "ms"
    for node in nodes:
        node.close()


def main() -> None:
    """Measure, where there is a PostgreSQL."""
    if not (url := os.environ.get("PILEUS_BENCH_DATABASE")):
        return
    for metric, value, unit in measured(url):
        line = {"metric": f"contention {metric}", "value": round(value, 3), "unit": unit, "n": TIMES}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
