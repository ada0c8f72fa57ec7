"""What a core of this host is worth in ECU: by a short measurement, once, and by a table of known processors.

A table alone is crude (clocks, siblings and virtual machines differ within one model), so the measurement counts,
and the table's value is shown beside it.
"""

from __future__ import annotations

import bz2
import os
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

TABLE = {"E5-2650": 4, "Opteron(tm) Processor 6276": 3, "Opteron(TM) Processor 6276": 3}
"""ECU of a core, by a part of the model's name: the two processors the unit was defined on."""

BYTES_PER_ECU = 1_670_000
"""Bytes of SAMPLE compressed by bzip2 in a second of CPU time, for each ECU.

No E5-2650 was at hand: a Zen 4 core at 3.7 GHz does 15.3 MB/s, and is 2950 : 1290 = 2.29 times an E5-2650 in
published single-thread marks; so that one does 6.7 MB/s, for its 4 ECU.  bzip2, because its branches, sorting and
memory accesses are those of ordinary programs, and because every system has the same implementation.
"""

ROUNDS = 3


class Calibration(msgspec.Struct, frozen=True):
    """A measured core."""

    cpu_model: str
    ecu_per_core: int


def calibration(remembered: Path) -> Calibration:
    """The measurement kept in a file, or a fresh one (a third of a second) where there is none for this processor."""
    model = cpu_model()
    try:
        kept = msgspec.json.decode(remembered.read_bytes(), type=Calibration)
    except (FileNotFoundError, msgspec.DecodeError):
        kept = None
    if kept and kept.cpu_model == model:
        return kept
    fresh = Calibration(model, ecu_of(measure()))
    remembered.write_bytes(msgspec.json.encode(fresh))
    return fresh


def ecu_of(speed: float) -> int:
    """Whole ECU of a core that compresses so many bytes in a second; at least one."""
    return max(1, int(speed / BYTES_PER_ECU))


def by_table(model: str) -> int:
    """ECU of a core of this model; 0 where the table does not know it."""
    return next((ecu for name, ecu in TABLE.items() if name in model), 0)


def measure(processors: int | None = None) -> float:
    """Bytes a second of CPU time, of the median processor while all of them work: siblings share a core.

    The best of several rounds on each, since neighbours can only make it slower.
    """
    busy = processors or usable_processors()
    with ThreadPoolExecutor(busy) as threads:
        return statistics.median(threads.map(_speed, [_sample()] * busy))


def usable_processors() -> int:
    """Those this process may run on."""
    return len(os.sched_getaffinity(0))


def cpu_model() -> str:
    """As the kernel names it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _speed(sample: bytes) -> float:
    return max(_once(sample) for _ in range(ROUNDS))


def _once(sample: bytes) -> float:
    began = time.thread_time()
    bz2.compress(sample)
    return len(sample) / (time.thread_time() - began)


def _sample() -> bytes:
    """A quarter of a megabyte that looks like text; always the same."""
    drawn = random.Random(1)
    words = [bytes(drawn.choices(b"etaoinshrdlu", k=drawn.randint(2, 9))) for _ in range(400)]
    return b" ".join(drawn.choices(words, k=40_000))
