"""The Identity API as a service: its place, policy, and the words it answers with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from msgspec import Meta

from pileus.identity.catalog.home import MEDIA, home
from pileus.identity.policy import RULES
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Missing, Refusal
from pileus.kernel.resource import Nothing, Resource
from pileus.kernel.routes import Finder, Listing, PublicUrl, Rule, Service
from pileus.kernel.store import Page, Row, Tx

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"

DEFAULT_DOMAIN = "default"

IdText = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9-]+\Z")]
NameText = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"\S")]
ShortName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S")]


class IdentityManner:
    """Errors as `{"error": {…}}`, lists with their links, moments with microseconds."""

    strict_queries = None

    def hidden(self, kind: type[Resource], target: Mapping[str, Any]) -> Refusal | None:
        """Nothing: what is not permitted is said to be forbidden, and so is what does not exist (`Discreet`)."""
        return None

    def code_of(self, refusal: Refusal) -> int:
        """The code of the refusal's own kind."""
        return refusal.code

    def refused(self, code: int, refusal: Refusal, request_id: str) -> dict[str, Any]:
        """An error with its number and title."""
        return {"error": {"code": code, "message": refusal.said, "title": HTTPStatus(code).phrase}}

    def listed(self, kind: type[Resource], items: list[Any], page: Page | None, asked: Listing) -> dict[str, Any]:
        """Items with the address of this list and of the next page."""
        here = f"{asked.url}?{urlencode(asked.pairs)}" if asked.pairs else asked.url
        links: dict[str, str | None] = {"next": None, "self": here, "previous": None}
        if page is not None and page.more:
            query = [(name, value) for name, value in asked.pairs if name != "marker"]
            links["next"] = f"{asked.url}?{urlencode([*query, ('marker', page.marker)])}"
        return {str(kind.declared.many): items, "links": links}

    def moment(self, at: datetime) -> str:
        """`2026-01-31T12:00:00.000000Z`."""
        return at.strftime(MOMENT)


class Discreet(Service):
    """A service that says "forbidden" of what does not exist to callers who might not see it if it did."""

    def route(
        self,
        line: str,
        kind: type[Resource] = Nothing,
        verb: str = "do",
        *,
        of: Finder | None = None,
        quiet: bool = True,
        **more: Any,
    ) -> Callable[[Rule], Rule]:
        """As `Service.route`; where `quiet` is False everybody is told that something does not exist."""
        rule = more.get("rule")
        return super().route(line, kind, verb, of=_quiet(of, rule) if of and rule and quiet else of, **more)


def _quiet(of: Finder, rule: str) -> Finder:
    def found(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
        try:
            return of(tx, who, path, asked)
        except Missing:
            named = {name.removesuffix("_id"): {"id": value} for name, value in path.items()}
            if who.may(rule, {**path, "target": named}):
                raise
            raise Forbidden(f"You are not authorized to perform the requested action: {rule}.") from None

    return found


def _describe(service: Service, url: str) -> dict[str, tuple[int, Any]]:
    """Discovery: one stable version, and its home as JSON."""
    version = {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{url}{service.root}/"}],
        "media-types": [
            {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"},
        ],
    }
    return {
        service.prefix: (300, {"versions": {"values": [version]}}),
        service.root: (200, {"version": version}),
        f"{service.prefix} {MEDIA}": (200, home(service)),
        f"{service.root} {MEDIA}": (200, home(service)),
    }


identity = Discreet("identity", ["identity"], "/v3", policy=RULES, manner=IdentityManner(), describe=_describe)


def no_such(kind: str, name: str) -> Missing:
    """The sentence for what cannot be found."""
    return Missing(f"Could not find {kind}: {name}.")


def fresh_id(tx: Tx) -> str:
    """An identifier in this API's form: 32 hex digits."""
    return tx.new_id().replace("-", "")


def address(tx: Tx, *path: str) -> str:
    """The public address of something in this API."""
    return "/".join((tx.part(PublicUrl).value + identity.root, *path))


def linked(tx: Tx, many: str, row: Row, **more: Any) -> dict[str, Any]:
    """A row with the link to itself, and what else is shown with it."""
    return {**row, "links": {"self": address(tx, many, str(row["id"]))}, **more}


def all_linked(tx: Tx, many: str, page: Page | Sequence[Row]) -> Page:
    """A page's rows, each with the link to itself."""
    rows, more = (page.rows, page.more) if isinstance(page, Page) else (page, False)
    return Page([linked(tx, many, row) for row in rows], more)


def about(**target: Any) -> dict[str, Any]:
    """A policy target: `about(user=row)` answers rules that ask for `%(target.user.domain_id)s`."""
    return {**target, "target": target}
