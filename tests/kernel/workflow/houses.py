"""A small world to try workflows in: houses are built on plots, with a foundation outside the database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, MetaData, Table, UniqueConstraint, bindparam, select

from pileus.kernel.errors import NoCapacity, Refusal
from pileus.kernel.store import Id, Name, Row, Store, Tx
from pileus.kernel.workflow import Workflow, begin, minutes, outside, step, wait, wake

tables = MetaData()

houses = Table(
    "houses",
    tables,
    Column("id", Id, primary_key=True),
    Column("state", Name, nullable=False, default="planned"),
    Column("fault", Name),
    Column("walls", Name),
    Column("painted", Name),
    Column("yard", Name, nullable=False),
    info={"kind": "house"},
)

claims = Table(
    "claims",
    tables,
    Column("id", Id, primary_key=True),
    Column("house_id", Id, nullable=False),
    Column("plot", Name, nullable=False),
    UniqueConstraint("plot"),
)

PLOTS = ("north", "south")
every_house = select(houses).order_by(houses.c.id)
every_claim = select(claims).order_by(claims.c.plot)
of_house = select(claims).where(claims.c.house_id == bindparam("house"))


def choose_plot(tx: Tx, work: BuildHouse) -> None:
    """A house has one plot, a plot one house."""
    mine = tx.one(of_house, house=work.house_id)
    taken = {row["plot"] for row in tx.all(every_claim)}
    plot = mine["plot"] if mine else next((plot for plot in PLOTS if plot not in taken), None)
    if plot is None:
        raise NoCapacity("No plot is free.", "both plots are taken", extra={"asked": 1})
    if mine is None:
        tx.insert(claims, house_id=work.house_id, plot=plot)
    work.plot = plot


def give_plot_back(tx: Tx, work: BuildHouse) -> None:
    """Whether or not it was chosen."""
    tx.run(claims.delete().where(claims.c.house_id == work.house_id))


def pour_foundation(store: Store, work: BuildHouse) -> None:
    """A file stands for what lies outside the database."""
    foundation(store, work.house_id).write_text(work.plot or "")
    store.write(lambda tx: tx.change(houses, work.house_id, state="begun"), who=work.who)
    work.foundation = "poured"


def break_foundation(store: Store, work: BuildHouse) -> None:
    """Whether or not it was poured."""
    foundation(store, work.house_id).unlink(missing_ok=True)


def foundation(store: Store, house_id: str) -> Path:
    """Where a house's foundation is."""
    house = store.look(lambda tx: tx.find(houses, house_id))
    assert house is not None
    return Path(house["yard"], house_id)


def raise_walls(tx: Tx, work: BuildHouse) -> None:
    """They stand on what was poured."""
    tx.change(houses, work.house_id, walls=f"{work.foundation} in the {work.plot}")


def tear_walls_down(tx: Tx, work: BuildHouse) -> None:
    """Whether or not they stand."""
    tx.change(houses, work.house_id, walls=None)


def is_painted(tx: Tx, work: BuildHouse) -> bool:
    """Somebody else paints."""
    return bool(present(tx, work.house_id)["painted"])


def present(tx: Tx, house_id: str) -> Row:
    """The house, which is there."""
    house = tx.find(houses, house_id)
    assert house is not None
    return house


@dataclass
class BuildHouse(Workflow):
    """From a plan to a painted house."""

    house_id: str
    plot: str | None = None
    foundation: str | None = None

    resource = "house"
    title = "build"
    steps = (
        step(choose_plot, undo=give_plot_back),
        outside(pour_foundation, undo=break_foundation),
        step(raise_walls, undo=tear_walls_down),
        wait(is_painted, deadline=minutes(10)),
    )

    def failed(self, tx: Tx, because: Refusal) -> None:
        """The plan stays, with its explanation."""
        tx.change(houses, self.house_id, state="failed", fault=because.said)

    def finished(self, tx: Tx) -> None:
        """Someone may move in."""
        tx.change(houses, self.house_id, state="built")


def empty_house(tx: Tx, work: DemolishHouse) -> None:
    """Everybody out."""
    tx.change(houses, work.house_id, state="empty")


def clear_away(store: Store, work: DemolishHouse) -> None:
    """Whatever of the house was outside."""
    foundation(store, work.house_id).unlink(missing_ok=True)


def forget(tx: Tx, work: DemolishHouse) -> None:
    """The house and its claim."""
    tx.run(claims.delete().where(claims.c.house_id == work.house_id))
    tx.run(houses.delete().where(houses.c.id == work.house_id))


@dataclass
class DemolishHouse(Workflow):
    """From a house to nothing."""

    house_id: str

    resource = "house"
    title = "demolish"
    steps = (
        step(empty_house, undo=None, because="people have left"),
        outside(clear_away, undo=None, because="the rubble is gone"),
        step(forget, undo=None, because="nothing is left to remember"),
    )


class Village:
    """The world of `BuildHouse`: one house, planned at its beginning."""

    house_id = "home"

    def __init__(self, store: Store, yard: Path) -> None:
        self.store = store
        self.yard = yard
        store.sketch(tables)

    def plan(self, house_id: str = house_id) -> None:
        """A house is planned, and its building begins."""

        def rule(tx: Tx) -> None:
            tx.insert(houses, id=house_id, yard=str(self.yard))
            begin(tx, BuildHouse(house_id))

        self.store.write(rule)

    def begin(self) -> None:
        """Plan the one house."""
        self.plan()

    def paint(self, house_id: str = house_id) -> None:
        """What `is_painted` waits for."""

        def rule(tx: Tx) -> None:
            tx.change(houses, house_id, painted="white")
            wake(tx, "house", house_id)

        self.store.write(rule)

    def go_on(self) -> None:
        """The painter comes whenever nothing else happens."""
        self.paint()

    def house(self, house_id: str = house_id) -> Row:
        """The house as it is."""
        return self.store.read(present, house_id)

    def result(self) -> object:
        """The houses and plots, and what was poured."""
        rows = self.store.read(lambda tx: tx.all(every_house))
        return [(row["id"], row["state"], row["walls"]) for row in rows], self.leftovers()

    def leftovers(self) -> object:
        """Claims, walls, and what lies in the yard."""
        claimed = self.store.read(lambda tx: [(row["house_id"], row["plot"]) for row in tx.all(every_claim)])
        walls = self.store.read(lambda tx: [row["walls"] for row in tx.all(every_house) if row["walls"]])
        return claimed, walls, self.poured()

    def poured(self) -> list[tuple[str, str]]:
        """What lies in the yard."""
        return sorted((path.name, path.read_text()) for path in self.yard.iterdir())
