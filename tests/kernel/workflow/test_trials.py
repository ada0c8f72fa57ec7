"""The engine keeps the promises of a workflow: nothing remains, twice is once, no crash stops it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pileus.kernel.store import Store, Tx
from pileus.kernel.workflow import begin
from tests.kernel.workflow.houses import BuildHouse, DemolishHouse, Village, choose_plot, houses
from tests.kernel.workflow.trials import Case, Trial, cases


class Plan(Village):
    """A village with a yard of its own."""

    def __init__(self, store: Store) -> None:
        self._folder = TemporaryDirectory(prefix="yard-")
        super().__init__(store, Path(self._folder.name))


class Standing(Plan):
    """A village with a house to demolish."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        (self.yard / self.house_id).write_text("north")
        store.write(self._stand)

    def _stand(self, tx: Tx) -> None:
        tx.insert(houses, id=self.house_id, yard=str(self.yard), state="built", walls="poured in the north")
        choose_plot(tx, BuildHouse(self.house_id))

    def begin(self) -> None:
        self.store.write(lambda tx: begin(tx, DemolishHouse(self.house_id)))


BUILDING = Trial(BuildHouse, Plan)
DEMOLISHING = Trial(DemolishHouse, Standing, is_undone=False)


@pytest.mark.parametrize("case", [*cases(BUILDING), *cases(DEMOLISHING)], ids=str)
def test_a_workflow_keeps_its_promises(case: Case, store: Store) -> None:
    case.check(store)
