"""A small service of kites, which lives for the kernel's own tests: every way of asking and of answering is in it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import Column, MetaData, Table

from pileus.kernel.caller import Caller
from pileus.kernel.errors import Conflict, Missing, Refusal, Unauthorized
from pileus.kernel.request import Stream
from pileus.kernel.resource import UNSET, Nothing, Resource, given, shown
from pileus.kernel.routes import Answer, Later, Listing, Service
from pileus.kernel.store import Document, Id, Moment, Name, Page, Store, Tx, page
from pileus.kernel.values import Count, Whole
from pileus.kernel.versions import Change, Span, Versions, change, codes, span

tables = MetaData()
kites = Table(
    "kites",
    tables,
    Column("id", Id, primary_key=True),
    Column("name", Name, nullable=False),
    Column("tail", Name),
    Column("project_id", Name),
    Column("extras", Document),
    Column("created_at", Moment, nullable=False),
    info={"kind": "kite"},
)

RULES = {
    "admin": "role:admin",
    "owner": "rule:admin or project_id:%(project_id)s",
    "kites:make": "@",
    "kites:name": "rule:admin",
    "kites:show": "rule:owner",
    "kites:tail": "rule:admin",
}


class Manner:
    """Errors as `{"kite": {…}}`."""

    @property
    def strict_queries(self) -> Span | None:
        """Since 1.2."""
        return span("1.2")

    def hidden(self, kind: type[Resource], target: Mapping[str, Any]) -> Refusal | None:
        """Another's kite is not there."""
        return Missing("There is no such kite.")

    def code_of(self, refusal: Refusal) -> int:
        """A conflict is 418 here."""
        return 418 if isinstance(refusal, Conflict) else refusal.code

    def refused(self, code: int, refusal: Refusal, request_id: str) -> dict[str, Any]:
        """An error with its request."""
        return {"kite": {"code": code, "message": refusal.said, "request": request_id}}

    def listed(self, kind: type[Resource], items: list[Any], page: Page | None, asked: Listing) -> dict[str, Any]:
        """Items, and whether there are more."""
        return {str(kind.declared.many): items, "more": page.more if page else False, "at": asked.url}

    def moment(self, at: datetime) -> str:
        """The year."""
        return f"{at:%Y}"


class Kite(Resource, one="kite", many="kites", bulk=True):
    """Something that flies."""

    id: str = shown()
    name: Annotated[str, Meta(pattern=r"^[a-z ]+\Z")] = given("create") | shown()
    tail: str | None = (
        given("create", default=UNSET, since="1.2", to="kites:name")
        | given("create", default=UNSET)
        | shown(maybe=True)
    )
    secret: str = shown(to="kites:tail", maybe=True)
    string: str = shown("create", until="1.3", noted=True)
    created_at: datetime = shown()
    limit: Count | None = given("list", default=None)
    marker: str | None = given("list", default=None)
    size: Whole = given("list", default=0)
    wind: bool | None = given("list", default=None)


@change(Kite, since="1.3")
class Strung(Change):
    """Kites had strings once, and loud names."""

    @staticmethod
    def older_ask(verb: str, asked: Any, notes: dict[str, Any]) -> None:
        """Note the string."""
        notes["string"] = f"string of {asked.name}" if verb == "create" else UNSET

    @staticmethod
    def older_show(view: str, shown: dict[str, Any], notes: dict[str, Any]) -> None:
        """Louder."""
        shown["name"] = shown["name"].upper()


class Open(Resource, one="open", extras=str):
    """Something that keeps what nobody declared."""

    name: str = given("create") | shown()


class Wind(Resource, one="wind"):
    """What is given elsewhere than in the body."""

    force: int = given("blow")
    of: str = given("blow", header=True, wire="x-wind-of", default="north")
    dry: bool = given("blow", query=True, default=False)
    kite_id: str = given("blow", path=True)


class Tug(Resource, one="tug", nullable=True):
    """An action whose particulars may be null."""

    force: int = given("do", default=1)


class Piece(Resource):
    """How much is to be sent."""

    many: Count = given("show", default=1)


wire = Service(
    "wire",
    ["wire"],
    "/v1",
    policy=RULES,
    manner=Manner(),
    versions=Versions("wire", "1.1", "1.4", former_header="X-Kite"),
)
GATE = threading.Event()


def one(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    """The kite a path names."""
    row = tx.find(kites, path["kite_id"])
    if row is None:
        raise Missing(f"There is no kite {path['kite_id']}.")
    return row


@wire.route("POST /kites", Kite, "create", rule="kites:make", code=codes(200, v1_2=201), view="create")
def make(tx: Tx, who: Caller, target: Any, asked: Any) -> Mapping[str, Any]:
    """Make a kite."""
    if asked.name == "taken":
        raise Conflict("There is one.")
    tail = None if asked.tail is UNSET else asked.tail
    return tx.insert(kites, name=asked.name, tail=tail, project_id=who.project_id, extras={})


@wire.route("GET /kites", Kite, "list")
def every(tx: Tx, who: Caller, target: Any, asked: Any) -> Page:
    """All kites."""
    return page(tx, kites.select(), kites, limit=asked.limit, marker=asked.marker)


@wire.route("GET /kites/{kite_id}", Kite, "show", rule="kites:show", of=one)
def show(tx: Tx, who: Caller, target: Any, asked: Any) -> Any:
    """One kite."""
    return {**target, "secret": "silk"}


@wire.route("DELETE /kites/{kite_id}", Nothing, of=one, code=204)
def drop(tx: Tx, who: Caller, target: Any, asked: Any) -> None:
    """Let it go."""
    tx.remove(kites, target)


@wire.route("POST /kites/{kite_id}/action tug", Tug, of=one, code=202)
def tug(tx: Tx, who: Caller, target: Any, asked: Any) -> Answer:
    """Tug at it."""
    return Answer({"force": asked.force}, raw=True)


@wire.route("POST /kites/{kite_id}/action cut", Nothing, of=one, code=202, since="1.2")
def cut(tx: Tx, who: Caller, target: Any, asked: Any) -> None:
    """Cut its string."""


@wire.route("POST /kites/{kite_id}/wind", Wind, "blow", prepare=lambda store, who, asked: f"prepared {asked.kite_id}")
def blow(tx: Tx, who: Caller, target: Any, asked: Any) -> Answer:
    """Blow at it."""
    return Answer([asked.force, asked.of, asked.dry, asked.prepared], raw=True)


@wire.route("POST /opens", Open, "create", view="create")
def keep(tx: Tx, who: Caller, target: Any, asked: Any) -> dict[str, Any]:
    """Show what was given."""
    return {"name": asked.name, "extras": asked.extras}


@wire.route("PUT /small", Nothing, most=100)
def small(tx: Tx, who: Caller, target: Any, asked: Any) -> None:
    """Take little."""


@wire.route("GET /slow", Nothing, pool="heavy")
def slow(tx: Tx, who: Caller, target: Any, asked: Any) -> None:
    """Wait for the gate."""
    GATE.wait(20)


@wire.route("POST /broken", Nothing)
def broken(tx: Tx, who: Caller, target: Any, asked: Any) -> None:
    """Fail, with a row written before."""
    tx.insert(kites, name="half", project_id=None, extras={})
    raise RuntimeError("the inside of the cloud")


@wire.route("POST /unrenderable", Kite, "make")
def unrenderable(tx: Tx, who: Caller, target: Any, asked: Any) -> Any:
    """Write a row that cannot be shown."""
    return {"id": tx.insert(kites, name="half", project_id=None, extras={})["id"]}


@wire.route("GET /later", Nothing, public=True)
def later(tx: Tx, who: Caller, target: Any, asked: Any) -> Later:
    """Answer after the transaction."""

    async def wait() -> str:
        await asyncio.sleep(0)
        return "came"

    return Later(wait, lambda heard: Answer({"heard": heard}, raw=True))


@wire.route("GET /pieces", Piece, "show", public=True, stream=True)
async def pieces(stream: Stream, who: Caller, target: Any, asked: Any) -> None:
    """Send pieces."""
    await stream.head(200, [("content-type", "text/plain")])
    for number in range(asked.many):
        await stream.send(str(number).encode())
    await stream.send(b"", more=False)


@wire.route("PUT /pieces", Nothing, public=True, stream=True)
async def count(stream: Stream, who: Caller, target: Any, asked: Any) -> Answer:
    """Count what comes."""
    sizes = [len(piece) async for piece in stream.pieces()]
    return Answer({"sizes": sizes}, raw=True)


def known(store: Store, token: str, service_token: str | None) -> Caller:
    """Tokens say who holds them: `member.web`."""
    role, _, project_id = token.partition(".")
    if role not in ("member", "admin", "bound"):
        raise Unauthorized("The token is not known.")
    bounds = (lambda types, method, path: method == "GET") if role == "bound" else None
    return Caller(user_id=role, project_id=project_id, roles=frozenset({role}), bounds=bounds)
