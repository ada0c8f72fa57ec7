"""The workers: in threads, on several nodes, and after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pileus.kernel.clock import SystemClock
from pileus.kernel.store import Store
from pileus.kernel.workflow import Engine, begin, work_steps, works
from tests.conftest import opened
from tests.databases.templates import postgres_copy
from tests.kernel.databases.meeting import meet
from tests.kernel.workflow.houses import BuildHouse, DemolishHouse, Village, houses

PATIENCE = 30.0
ROOT = Path(__file__).parents[3]
MORTAL = "tests.kernel.workflow.mortal"


def until(is_so: Callable[[], object]) -> None:
    """Look often until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.005)


@pytest.fixture
def real(database_url: str, yard: Path) -> Iterator[Village]:
    """A village where time passes by itself."""
    with opened(database_url, SystemClock()) as store:
        yield Village(store, yard)


def ended(store: Store) -> Counter[str]:
    return Counter(store.read(lambda tx: [row["state"] for row in tx.all(select(works.c.state))]))


def test_an_engine_that_was_started_does_what_is_begun_and_woken(real: Village) -> None:
    engine = Engine(real.store)
    engine.start()
    try:
        real.plan()
        until(lambda: real.house()["walls"])
        real.paint()
        until(lambda: real.house()["state"] == "built")
    finally:
        engine.stop()


def test_several_nodes_share_the_work_and_do_each_step_once(real: Village) -> None:
    done: Counter[str] = Counter()
    lock = threading.Lock()

    def count(phase: str, step: str) -> None:
        with lock:
            done[f"{phase} {step}"] += 1

    engines = [Engine(real.store, node=node, workers=2, moment=count) for node in ("left", "right")]
    for engine in engines:
        engine.start()
    try:
        for number in range(12):
            real.store.write(lambda tx, house=str(number): tx.insert(houses, id=house, yard=str(real.yard)))
            real.store.write(lambda tx, house=str(number): begin(tx, DemolishHouse(house)))
        until(lambda: ended(real.store)["done"] == 12)
    finally:
        for engine in engines:
            engine.stop()
    assert done["commit forget" if "commit forget" in done else "commit finished"] == 12
    assert done["after clear_away"] == 12


def test_work_begun_on_one_node_is_taken_up_at_once_by_another(yard: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pileus.kernel.workflow.engine.POLL", 10 * PATIENCE)
    with postgres_copy() as url, opened(url, SystemClock()) as here, opened(url, SystemClock()) as there:
        village, worker = Village(here, yard), Engine(there, node="there")
        meet(here, there)
        worker.start()
        try:
            village.plan()
            until(lambda: village.house()["walls"])
            village.paint()
            until(lambda: village.house()["state"] == "built")
        finally:
            worker.stop()


def test_an_engine_that_stops_lets_go_of_its_work(real: Village) -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold(phase: str, step: str) -> None:
        if (phase, step) == ("before", "pour_foundation"):
            inside.set()
            leave.wait(PATIENCE)

    engine = Engine(real.store, moment=hold)
    engine.start()
    real.plan()
    inside.wait(PATIENCE)
    stopping = threading.Thread(target=engine.stop)
    stopping.start()
    leave.set()
    stopping.join()
    assert real.store.look(lambda tx: tx.value(select(works.c.leased_until))) is None
    real.paint()
    Engine(real.store, node="other").run_ready()
    assert real.house()["state"] == "built"


DEATHS = [("commit", "choose_plot"), ("after", "pour_foundation"), ("after", "raise_walls")]


def test_a_process_that_is_killed_again_and_again_finishes_its_work(real: Village, database_url: str) -> None:
    real.plan()
    real.paint()
    for phase, step in [*DEATHS, ("never", "")]:
        ran = subprocess.run([sys.executable, "-m", MORTAL, database_url, phase, step], cwd=ROOT, check=False)
        assert ran.returncode == (0 if phase == "never" else -signal.SIGKILL)
    assert (real.house()["state"], real.poured()) == ("built", [("home", "north")])
    steps = select(func.count()).select_from(work_steps).where(work_steps.c.result == "Success")
    assert real.store.look(lambda tx: tx.value(steps)) == len(BuildHouse.steps)
