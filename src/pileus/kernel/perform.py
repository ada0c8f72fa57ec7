"""One operation, inside its transaction: find the target, permit, call the rule, render the answer."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

import msgspec
import structlog

from pileus.kernel.caller import Caller
from pileus.kernel.errors import BadMethod, Broken, Forbidden, Refusal, Unauthorized
from pileus.kernel.resource import UNSET, Resource
from pileus.kernel.routes import Answer, Later, Listing, Operation, Service
from pileus.kernel.shapes import Several, ask, check_given, render, view
from pileus.kernel.store import Page, Tx
from pileus.kernel.versions import NONE, Version

log = structlog.get_logger("pileus.http")


@dataclass(frozen=True)
class Reply:
    """What goes out: a code, headers, bytes."""

    code: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


@dataclass
class Question:
    """What a caller asked of an operation, read and checked for shape."""

    url: str
    """Public address of what was asked, without its query."""
    parameters: dict[str, str]
    pairs: Sequence[tuple[str, str]]
    asked: list[Any]
    """One, or several where a resource is made in bulk."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What named changes tell each other about this request."""


def perform(tx: Tx, operation: Operation, who: Caller, question: Question) -> Reply | Later:
    """Do the whole of it; raises Refusal."""
    found = [operation.call(tx, who, admit(tx, operation, who, question, asked), asked) for asked in question.asked]
    answer = Answer(found) if isinstance(question.asked, Several) else found[0]
    return rendered(operation, who, question, answer)


def admit(tx: Tx, operation: Operation, who: Caller, question: Question, asked: Any) -> Mapping[str, Any]:
    """Find the target and ask the policy; raises Missing or Forbidden."""
    if operation.of is None:
        target: Mapping[str, Any] = {**who.own, **question.parameters}
    else:
        target = operation.of(tx, who, question.parameters, asked)
    if operation.rule is not None and not who.may(operation.rule, target):
        hidden = operation.service.manner.hidden(operation.kind, target) if operation.of else None
        raise hidden or Forbidden(f"Policy doesn't allow {operation.rule} to be performed.")
    compiled = ask(operation.kind, operation.verb, who.at)
    if compiled.guarded:
        check_given(asked, compiled, lambda rule: who.may(rule, target))
    return target


def rendered(operation: Operation, who: Caller, question: Question, found: Any) -> Reply | Later:
    """The reply to what a rule returned: a row, a page or list of rows, an `Answer`, or nothing."""
    if isinstance(found, Later):
        return replace(found, then=lambda heard: rendered(operation, who, question, found.then(heard)))
    answer = found if isinstance(found, Answer) else Answer(found)
    code = answer.code or operation.code.at(who.at)
    service = operation.service
    headers = [*answer.headers, *(service.versions.told(who.at) if service.versions else [])]
    if answer.value is None:
        return Reply(code, headers)
    if answer.raw and isinstance(answer.value, bytes):
        return Reply(code, headers, answer.value)
    body = answer.value if answer.raw else _body(operation, who, question, answer)
    return Reply(code, [("content-type", "application/json"), *headers], msgspec.json.encode(body))


def _body(operation: Operation, who: Caller, question: Question, answer: Answer) -> Any:
    kind = answer.kind or operation.kind
    declared = kind.declared
    show = shower(operation.service, kind, answer.view or operation.view, who, question.notes, only=answer.only)
    value = answer.value
    if isinstance(value, Mapping):
        one = show(value)
        return one if declared.one is None else {str(declared.one): one}
    page = value if isinstance(value, Page) else None
    items = [show(row) for row in (page.rows if page else value)]
    if declared.wraps_items:
        items = [{str(declared.one): item} for item in items]
    if operation.reads_body:
        return {declared.many: items}
    return operation.service.manner.listed(kind, items, page, Listing(question.url, question.pairs))


def shower(
    service: Service,
    kind: type[Resource],
    name: str,
    who: Caller,
    notes: dict[str, Any],
    *,
    only: frozenset[str] | None = None,
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function that shows rows of a resource in a view (or `only` some of its fields), as this caller may see."""
    fields, changes = view(kind, name, who.at, service.manner.moment)
    if only is not None:
        fields = tuple(field for field in fields if field.wire in only)

    known = who.answers({field.to for field in fields if field.to is not None})

    def show(row: Mapping[str, Any]) -> dict[str, Any]:
        shown = render(fields, row, notes, lambda rule: known[rule] if rule in known else who.may(rule, row))
        for change in changes:
            change.older_show(name, shown, notes)
        extras = row.get("extras", UNSET) if kind.declared.extras is not None else None
        return {**extras, **shown} if isinstance(extras, Mapping) else shown

    return show


def refused(service: Service | None, error: Exception, request_id: str, at: Version, url: str) -> Reply:
    """A failure as the service's own envelope; what is unexpected is logged and told without its inside."""
    refusal = error if isinstance(error, Refusal) else Broken()
    if not isinstance(error, Refusal):
        log.error("broken", request_id=request_id, error="".join(traceback.format_exception(error)))
    code = service.manner.code_of(refusal) if service else refusal.code
    plain = {"error": {"code": code, "title": HTTPStatus(code).phrase, "message": refusal.said}}
    unknown = service is None or isinstance(refusal, Unauthorized)
    body = plain if unknown or service is None else service.manner.refused(code, refusal, request_id)
    headers = [("content-type", "application/json")]
    if isinstance(refusal, Unauthorized):
        headers.append(("www-authenticate", f'Keystone uri="{url}/identity/v3"'))
    if isinstance(refusal, BadMethod):
        headers.append(("allow", ", ".join(refusal.extra.get("allow", []))))
    told = service.versions.told(at) if service and service.versions and at != NONE else []
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    if isinstance(body, bytes):
        headers[0] = ("content-type", "text/html; charset=UTF-8")
    return Reply(code, [*headers, *told], encoded)
