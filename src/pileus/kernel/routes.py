"""A service's routes: declared beside its rules, found through a trie of path segments.

`@compute.route("POST /os-keypairs", KeyPair, "create", …)` registers an `Operation`.  A path with a fourth
word, `POST /servers/{server_id}/action os-start`, is one of several told apart by the body's only key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypedDict, TypeVar, Unpack

from pileus.kernel.errors import BadMethod, Missing, Refusal
from pileus.kernel.policy import Policy
from pileus.kernel.resource import Nothing, Resource
from pileus.kernel.store import Page
from pileus.kernel.versions import NONE, Codes, Span, Version, Versions, span

Rule = TypeVar("Rule", bound=Callable[..., Any])
Pool = Literal["reads", "writes", "heavy", "secrets", "abroad"]
Choose = Callable[[bytes, Version], Pool]
Finder = Callable[..., Mapping[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What a rule returns when the value alone does not say everything."""

    value: Any = None
    headers: Sequence[tuple[str, str]] = ()
    code: int | None = None
    view: str | None = None
    kind: type[Resource] | None = None
    """The resource to show it as, where it is not the operation's own."""
    raw: bool = False
    """Whether `value` is the whole body, already as callers see it (or bytes)."""
    only: frozenset[str] | None = None
    """Names of the fields to show, where the caller chose some."""


@dataclass(frozen=True)
class Later:
    """What a rule returns when the answer is still to come from elsewhere, after its transaction."""

    wait: Callable[[], Awaitable[Any]]
    """Awaited on the event loop, without a thread or a transaction."""
    then: Callable[[Any], Any]
    """Turns what was awaited into what a rule returns."""


class Manner(Protocol):
    """How one service words its answers: errors, lists, moments."""

    @property
    def strict_queries(self) -> Span | None:
        """In which versions an undeclared query key is refused; None is never."""

    def hidden(self, kind: type[Resource], target: Mapping[str, Any]) -> Refusal | None:
        """What to say instead of "forbidden" about somebody else's resource; None says "forbidden"."""

    def refused(self, code: int, refusal: Refusal, request_id: str) -> Any:
        """The body of an error."""

    def code_of(self, refusal: Refusal) -> int:
        """The status code of an error."""

    def listed(self, kind: type[Resource], items: list[Any], page: Page | None, asked: Listing) -> dict[str, Any]:
        """The body of a list: items, and links to further pages."""

    def moment(self, at: datetime) -> str:
        """How the service writes a moment."""


@dataclass(frozen=True)
class Listing:
    """Where a list was asked for: what its links are made of."""

    url: str
    """Public address of the list, without a query."""
    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Operation:
    """One thing a caller may ask, and all that is known of it."""

    service: Service
    method: str
    path: str
    action: str | None
    kind: type[Resource]
    verb: str
    call: Callable[..., Any]
    rule: str | None
    """The policy rule; None is for whoever has a token."""
    of: Finder | None
    view: str
    code: Codes
    also: tuple[int, ...]
    """Further codes that its rule may answer with."""
    span: Span
    writes: bool
    public: bool
    """Whether it is answered without a token."""
    pool: Choose
    """Which threads do it, by the body and the version."""
    prepare: Callable[..., Any] | None
    """Work before the transaction: `prepare(store, who, asked)`, its answer is `asked.prepared`."""
    stream: bool
    """Whether `call` is a coroutine function that reads or sends a stream of bytes itself."""
    most: int
    """The largest body, in bytes."""
    names: tuple[str, ...] = field(default=())

    @property
    def reads_body(self) -> bool:
        """Whether what is asked stands in the body (else in the query)."""
        return self.method in ("POST", "PUT", "PATCH")


class Facts(TypedDict, total=False):
    """What may be said of a route, beside its line, resource and verb; see `Operation` for the meanings."""

    rule: str | None
    of: Finder | None
    view: str
    code: Codes | int
    also: Sequence[int]
    since: str | None
    until: str | None
    writes: bool
    public: bool
    pool: Pool | Choose
    prepare: Callable[..., Any] | None
    stream: bool
    most: int


class Service:
    """One OpenStack service: its place under the port, its versions, manner, policy and routes."""

    def __init__(
        self,
        name: str,
        types: Sequence[str],
        root: str,
        *,
        policy: Mapping[str, str],
        manner: Manner,
        versions: Versions | None = None,
        describe: Callable[[Service, str], Mapping[str, tuple[int, Any]]] | None = None,
        former_root: str | None = None,
        number_headers: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.types = tuple(types)
        """Catalogue types: the published one first."""
        self.prefix, self.root = f"/{name}", f"/{name}{root}"
        self.rules = dict(policy)
        self.policy = Policy(policy)
        self.manner = manner
        self.versions = versions
        self.former_root = f"/{name}{former_root}" if former_root else None
        """Where callers that know no versions find the same operations, at the oldest version."""
        self.number_headers = tuple(number_headers)
        """Further headers that tell a request's number."""
        self.describe = describe
        """Discovery documents: `describe(service, public URL) -> {path: (code, body)}`; after a path and a blank may
        stand a media type, in which the same is told in another form."""
        self.operations: list[Operation] = []

    def route(
        self, line: str, kind: type[Resource] = Nothing, verb: str = "do", **facts: Unpack[Facts]
    ) -> Callable[[Rule], Rule]:
        """Declare an operation; the decorated rule is `rule(tx, who, target, asked)`."""
        method, path, *action = line.split(" ")
        rule = facts.get("rule")
        if rule is not None and rule not in self.policy.rules:
            raise ValueError(f"{line}: no policy rule {rule}")
        writes = facts.get("writes", method not in ("GET", "HEAD"))
        pool: Pool | Choose = facts.get("pool", "writes" if writes else "reads")
        code = facts.get("code", 200)

        def register(call: Rule) -> Rule:
            self.operations.append(
                Operation(
                    service=self,
                    method=method,
                    path=path,
                    action=action[0] if action else None,
                    kind=kind,
                    verb=verb,
                    call=call,
                    rule=rule,
                    of=facts.get("of"),
                    view=facts.get("view", verb),
                    code=code if isinstance(code, Codes) else Codes(code, ()),
                    also=tuple(facts.get("also", ())),
                    span=span(facts.get("since"), facts.get("until")),
                    writes=writes,
                    public=facts.get("public", False),
                    pool=pool if callable(pool) else lambda body, at: pool,
                    prepare=facts.get("prepare"),
                    stream=facts.get("stream", False),
                    most=facts.get("most", 1 << 20),
                    names=tuple(part[1:-1] for part in path.split("/") if part[:1] == "{"),
                )
            )
            return call

        return register

    def asked_version(self, headers: Mapping[str, str], path: str = "") -> Version:
        """The version a request asks for; raises Invalid or Unacceptable."""
        if self.versions is None:
            return NONE
        if self.former_root and path.startswith(self.former_root + "/"):
            return self.versions.oldest
        return self.versions.asked(headers)


class _Node:
    """One segment of the trie."""

    __slots__ = ("any", "below", "operations")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.operations: dict[str, list[Operation]] = {}


class Routes:
    """All operations of all services, found by method and path in time that does not grow with their number."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._top = _Node()
        for service in services:
            for operation in service.operations:
                for path in _paths(service, operation):
                    self._add(path, operation)

    def _add(self, path: str, operation: Operation) -> None:
        node = self._top
        for segment in _segments(path):
            if segment.startswith("{"):
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.below.setdefault(segment, _Node())
        beside = node.operations.setdefault(operation.method, [])
        if beside and beside[0].names != operation.names:
            raise ValueError(f"{operation.method} {path}: its variables are elsewhere {beside[0].names}")
        beside.append(operation)

    def find(self, method: str, path: str) -> tuple[Sequence[Operation], list[str]]:
        """The operations for a method and an (already split, still quoted) path, and the path's variables.

        Raises Missing where no path matches (one with a final slash only where it was declared with it) and
        BadMethod where another method would.
        """
        elsewhere: set[str] = set()
        for node, values in _matches(self._top, _segments(path), 0, []):
            found = node.operations.get("GET" if method == "HEAD" and "HEAD" not in node.operations else method)
            if found:
                return found, values
            elsewhere |= set(node.operations)
        if elsewhere:
            raise BadMethod("The method is not allowed for this resource.", extra={"allow": sorted(elsewhere)})
        raise Missing("The resource could not be found.")


def _paths(service: Service, operation: Operation) -> Iterator[str]:
    """Where an operation is found: under each root of its service, which answers with a final slash and without."""
    for root in filter(None, (service.root, service.former_root)):
        yield root + operation.path
        if operation.path == "/":
            yield root


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _matches(node: _Node, segments: list[str], at: int, values: list[str]) -> Iterator[tuple[_Node, list[str]]]:
    if at == len(segments):
        if node.operations:
            yield node, values
        return
    below = node.below.get(segments[at])
    if below is not None:
        yield from _matches(below, segments, at + 1, values)
    if node.any is not None and segments[at]:
        yield from _matches(node.any, segments, at + 1, [*values, segments[at]])


@dataclass(frozen=True)
class PublicUrl:
    """Where callers reach the cloud, without a final slash; a part that rules may ask their transaction for."""

    value: str
