"""What the kernel costs: reads, lists, writes and a workflow of three steps, as CPU of this process.

    python bench/kernel.py                                          SQLite, in a temporary folder
    PILEUS_BENCH_DATABASE=postgresql://… python bench/kernel.py     PostgreSQL as well (an empty database)

Prints JSON lines: metric, value, unit, n.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, bindparam, select

from pileus.kernel.store import Document, Id, Moment, Name, Store, Tx, page
from pileus.kernel.workflow import Engine, Workflow, begin, step

tables = MetaData()
boxes = Table(
    "bench_boxes",
    tables,
    Column("id", Id, primary_key=True),
    *(Column(f"name_{number}", Name) for number in range(16)),
    *(Column(f"size_{number}", Integer) for number in range(5)),
    *(Column(f"moment_{number}", Moment) for number in range(4)),
    Column("labels", Document),
    Column("created_at", Moment, nullable=False, index=True),
    Column("updated_at", Moment),
    info={"kind": "box"},
)
every_box = select(boxes)
one_box = select(boxes).where(boxes.c.id == bindparam("wanted"))


def nothing(_tx: Tx, _work: Any) -> None:
    """A step that costs nothing itself."""


@dataclass
class Pack(Workflow):
    """Three steps that touch only the database."""

    box_id: str
    resource = "box"
    title = "pack"
    steps = (step(nothing, nothing), step(lambda tx, work: None, nothing), step(lambda tx, work: None, nothing))


def measured(url: str) -> Iterator[tuple[str, float, int]]:
    """Metric, milliseconds of CPU, times measured."""
    store = Store(url)
    store.sketch()
    store.sketch(tables)
    numbers = count()

    def make(tx: Tx) -> None:
        text = {f"name_{number}": f"some name {number}" for number in range(16)}
        moments = {f"moment_{number}": tx.now for number in range(4)}
        tx.insert(boxes, id=f"box-{next(numbers)}", **text, **moments, labels={"a": "b", "c": ["d"]})

    def work() -> None:
        store.write(lambda tx: begin(tx, Pack(str(next(numbers)))))
        engine.run_ready()

    engine = Engine(store)
    yield "write one", *timed(lambda: store.write(make), 500)
    yield "get one", *timed(lambda: store.look(lambda tx: tx.one(one_box, wanted="box-7")), 3000)
    yield "get one in a transaction", *timed(lambda: store.read(lambda tx: tx.one(one_box, wanted="box-7")), 3000)
    yield "list 500", *timed(lambda: store.read(lambda tx: page(tx, every_box, boxes, limit=500)), 100)
    yield "change one", *timed(lambda: store.write(lambda tx: tx.change(boxes, "box-7", size_1=next(numbers))), 500)
    yield "workflow of three steps", *timed(work, 300)
    store.close()


def timed(call: Callable[[], object], times: int) -> tuple[float, int]:
    """Milliseconds of CPU for one call, after a first one that is not counted."""
    call()
    before = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - before) / times * 1000, times


def main() -> None:
    """Measure on each database there is."""
    with TemporaryDirectory() as place:
        urls = {"sqlite": f"sqlite:///{place}/bench.db"}
        if given := os.environ.get("PILEUS_BENCH_DATABASE"):
            urls["postgresql"] = given
        for name, url in urls.items():
            for metric, value, times in measured(url):
                line = {"metric": f"kernel {metric} ({name})", "value": round(value, 3), "unit": "ms cpu", "n": times}
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
