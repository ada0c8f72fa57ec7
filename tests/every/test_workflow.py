"""Every workflow is tried: none may be written without a world in which it fails, is repeated, and dies."""

from __future__ import annotations

from pileus import app
from pileus.kernel.workflow import KINDS
from tests.compute.servers import test_trials as servers
from tests.compute.snapshots import test_workflow as snapshots
from tests.image.imports import test_trials as imports
from tests.image.pushes import test_work as pushes

TRIED = {trial.kind for trial in (*servers.TRIALS, snapshots.TRIAL, pushes.TRIAL, *imports.TRIALS)}


def test_every_workflow_is_tried() -> None:
    rooms = app.__name__.rpartition(".")[0] + "."
    known = [kind for kind in KINDS.values() if kind.__module__.startswith(rooms)]
    written = {kind for kind in known if hasattr(kind, "steps") and kind.steps}
    assert written == TRIED
