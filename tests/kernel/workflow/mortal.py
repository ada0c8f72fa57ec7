"""A process that works until a given moment and then kills itself: python -m … URL PHASE STEP."""

from __future__ import annotations

import os
import signal
import sys

from pileus.kernel.store import Store
from pileus.kernel.workflow import Engine
from tests.kernel.workflow import houses  # noqa: F401  (the work it knows)


def live_and_die(url: str, phase: str, step: str) -> None:
    """Nothing of ours runs after a SIGKILL."""

    def die(*moment: str) -> None:
        if moment == (phase, step):
            os.kill(os.getpid(), signal.SIGKILL)

    Engine(Store(url), moment=die).run_ready()


if __name__ == "__main__":
    live_and_die(*sys.argv[1:])
