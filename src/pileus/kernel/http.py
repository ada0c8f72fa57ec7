"""The front door: parse → (in one transaction: find, permit, call, render) → answer.

The event loop reads bytes and sends bytes; all else happens in threads: readers, writers, heavy work, secrets
and what waits for servers abroad have pools of their own, so that a slow call never delays another's answer.
A reply is rendered before its transaction commits: a failure to render leaves no row behind.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import msgspec
import structlog

from pileus.kernel.caller import NOBODY, Caller
from pileus.kernel.errors import Invalid, Missing, Refusal, Unauthorized
from pileus.kernel.openapi import encoded
from pileus.kernel.perform import Question, Reply, admit, perform, refused, rendered
from pileus.kernel.policy import Policy
from pileus.kernel.request import Request, Stream, request_of
from pileus.kernel.routes import Later, Operation, Routes, Service
from pileus.kernel.shapes import ask, read_apart, read_body, read_query
from pileus.kernel.store import Store
from pileus.kernel.versions import NONE, Version

log = structlog.get_logger("pileus.http")
Authenticate = Callable[[Store, str, str | None], Caller]
"""Work out a caller from a token and a service token; raises Unauthorized."""

JSON = ("content-type", "application/json")

_POOLS = {"reads": 4, "writes": 4, "heavy": 2, "secrets": 2, "abroad": 4}


class Front:
    """The ASGI application of the whole cloud."""

    def __init__(
        self,
        services: Sequence[Service],
        store: Store,
        authenticate: Authenticate,
        url: str,
        *,
        policies: Mapping[str, Policy] | None = None,
        started: Callable[[], None] = lambda: None,
        stopped: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self.authenticate = authenticate
        self.url = url.rstrip("/")
        self.services = {service.name: service for service in services}
        self.routes = Routes(services)
        self.policies = policies or {}
        self.started, self.stopped = started, stopped
        self.pools: dict[str, Executor] = {
            name: ThreadPoolExecutor(size, f"pileus-{name}") for name, size in _POOLS.items()
        }
        self.documents = dict(_documents(services, self.url))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request (or start and stop with the server)."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            request = request_of(scope)
            await self._one(request, Stream(request, receive, send, self._run, self.store))

    async def _live(self, receive: Any, send: Any) -> None:
        for act in (self.started, self.stopped):
            name = (await receive())["type"]
            try:
                await asyncio.to_thread(act)
            except Exception as error:  # the server is told, and ends
                log.error("broken", error="".join(traceback.format_exception(error)))
                await send({"type": f"{name}.failed", "message": str(error)})
                return
            await send({"type": f"{name}.complete"})

    async def _run(self, pool: str, work: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pools[pool], work, *args)

    async def _one(self, request: Request, stream: Stream) -> None:
        began = time.perf_counter()
        service = self.services.get(request.path.strip("/").partition("/")[0])
        reply = await self._answered(service, request, stream)
        if not stream.begun:
            length = [] if reply.code in (204, 304) else [("content-length", str(len(reply.body)))]
            await stream.head(reply.code, [*reply.headers, *_numbered(service, request), *length])
            await stream.send(b"" if request.method == "HEAD" else reply.body, more=False)
        took = round((time.perf_counter() - began) * 1000, 2)
        log.info("answered", method=request.method, path=request.path, code=stream.code, ms=took, request_id=request.id)

    async def _answered(self, service: Service | None, request: Request, stream: Stream) -> Reply:
        try:
            if request.method in ("GET", "HEAD"):
                path = request.path.rstrip("/")
                media = request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip()
                if document := self.documents.get(f"{path} {media}"):
                    return Reply(document[0], [("content-type", media)], document[1])
                if document := self.documents.get(path):
                    return Reply(document[0], _told(service, request), document[1])
                if service is not None and path == f"{service.prefix}/openapi.json":
                    return Reply(200, [JSON], await self._run("heavy", encoded, service, self.url))
            return await self._asked(request, stream)
        except Exception as error:  # every failure becomes the service's own envelope
            return refused(service, error, request.id, _version(service, request), self.url)

    async def _asked(self, request: Request, stream: Stream) -> Reply:
        operations, values = self.routes.find(request.method, request.path)
        request.named(operations[0].names, values)
        at = operations[0].service.asked_version(request.headers, request.path)
        if operations[0].stream:
            return await self._streamed(operations[0], at, request, stream)
        if operations[0].reads_body:
            request.body = await stream.whole(operations[0].most)
        pool = operations[0].pool(request.body, at)
        return await _settled(await self._run(pool, self._answer, operations, at, request))

    async def _streamed(self, operation: Operation, at: Version, request: Request, stream: Stream) -> Reply:
        def admitted() -> tuple[Caller, Question, Mapping[str, Any]]:
            who = self._whose(operation, at, request)
            question = self._question(request, [read_query(operation.kind, operation.verb, at, request.pairs)])
            return who, question, self.store.read(admit, operation, who, question, question.asked[0])

        who, question, target = await self._run("reads", admitted)
        answer = await operation.call(stream, who, target, question.asked[0])
        return Reply(stream.code) if stream.begun else await _settled(rendered(operation, who, question, answer))

    def _answer(self, operations: Sequence[Operation], at: Version, request: Request) -> Reply | Later:
        who = self._whose(operations[0], at, request)
        operation = _chosen(operations, at, request)
        question = self._question(request, _read(operation, at, request))
        compiled = ask(operation.kind, operation.verb, at)
        for asked in question.asked:
            if compiled.apart:
                read_apart(asked, compiled, request.headers, request.pairs, request.parameters)
            for change in compiled.changes:
                change.older_ask(operation.verb, asked, question.notes)
            if operation.prepare is not None:
                asked.prepared = operation.prepare(self.store, who, asked)
        if operation.writes:
            return self.store.write(perform, operation, who, question, who=who)
        return self.store.read(perform, operation, who, question)

    def _question(self, request: Request, asked: list[Any]) -> Question:
        return Question(self.url + request.path, request.parameters, request.pairs, asked)

    def _whose(self, operation: Operation, at: Version, request: Request) -> Caller:
        token = request.headers.get("x-auth-token", "") or request.bearer
        if not token and not operation.public:
            raise Unauthorized("The request you have made requires authentication.")
        who = self._known(operation, token, request) if token else NOBODY
        policy = self.policies.get(operation.service.name, operation.service.policy)
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        return replace(
            who, token=token, at=at, policy=policy, request_id=request.id, address=request.address, media=media
        )

    def _known(self, operation: Operation, token: str, request: Request) -> Caller:
        try:
            who = self.authenticate(self.store, token, request.headers.get("x-service-token"))
            path = request.path.removeprefix(operation.service.prefix)
            if who.bounds is not None and not who.bounds(operation.service.types, request.method, path):
                raise Unauthorized("The token is not good for this request.")
            return who
        except Unauthorized:
            if operation.public:
                return NOBODY
            raise


async def _settled(reply: Reply | Later) -> Reply:
    while isinstance(reply, Later):
        reply = reply.then(await reply.wait())
    return reply


def _documents(services: Sequence[Service], url: str) -> list[tuple[str, tuple[int, bytes]]]:
    """Discovery documents by path, and by path and media type where there is another form of one."""
    found: list[tuple[str, tuple[int, bytes]]] = []
    for service in services:
        told = service.describe(service, url) if service.describe else {}
        found += [(path.rstrip("/"), (code, msgspec.json.encode(body))) for path, (code, body) in told.items()]
    return found


def _numbered(service: Service | None, request: Request) -> list[tuple[str, str]]:
    """The request's number, under the names its service has for it."""
    names = ("x-openstack-request-id", *(service.number_headers if service else ()))
    return [(name, request.id) for name in names]


def _told(service: Service | None, request: Request) -> list[tuple[str, str]]:
    """Headers of a discovery document: the API's own root says which version answers."""
    headers = [JSON]
    if service is None or service.versions is None or request.path.rstrip("/") != service.root:
        return headers
    return [*headers, *service.versions.told(service.asked_version(request.headers, request.path))]


def _version(service: Service | None, request: Request) -> Version:
    try:
        return service.asked_version(request.headers, request.path) if service else NONE
    except Refusal:
        return NONE


def _chosen(operations: Sequence[Operation], at: Version, request: Request) -> Operation:
    """The operation that exists at a version and, among actions, is named by the body's only key."""
    alive = [one for one in operations if one.span.holds(at)]
    if not alive:
        raise Missing("The resource could not be found.")
    if alive[0].action is None:
        return alive[0]
    request.check_body()
    try:
        keys = list(msgspec.json.decode(request.body, type=dict[str, msgspec.Raw]))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("Malformed request body") from error
    for one in alive:
        if one.action in keys and (len(keys) == 1 or not one.kind.declared.loose):
            return one
    if len(keys) != 1:
        raise Invalid("A body that names one action is wanted.")
    raise Missing(f"There is no such action: {', '.join(keys)[:200]}")


def _read(operation: Operation, at: Version, request: Request) -> list[Any]:
    if operation.reads_body:
        request.check_body()
        return read_body(operation.kind, operation.verb, at, request.body)
    asked = read_query(operation.kind, operation.verb, at, request.pairs)
    strict = operation.service.manner.strict_queries
    may_have_more = operation.kind.declared.extras is not None
    if asked.extras and not may_have_more and strict is not None and strict.holds(at):
        raise Invalid(f"Additional properties are not allowed ({asked.extras[0][0]!r} was unexpected)")
    return [asked]
