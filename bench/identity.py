"""What identity costs: callers, tokens, and lists beside 100,000 users with a role each, as CPU of this process.

    python bench/identity.py                                          SQLite, in a temporary folder
    PILEUS_BENCH_DATABASE=postgresql://… python bench/identity.py     PostgreSQL as well (an empty database)

Whole requests go through the front door, without a socket.  Prints JSON lines: metric, value, unit, n.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from pileus import identity
from pileus.identity.assignments.table import Grant, assignments
from pileus.identity.users.table import users
from pileus.kernel.http import Front
from pileus.kernel.routes import PublicUrl
from pileus.kernel.store import Store, Tx

CROWD = 100_000
TYPES = ["identity", "compute", "image", "network", "placement", "block-storage", "object-store", "orchestration"]
PEOPLE = [
    identity.Person("admin", "secret", "admin", ["admin"]),
    identity.Person("nova", "secret", "service", ["service"]),
]


class Bench:
    """A cloud that has identity only, and a way to ask it."""

    def __init__(self, place: Path, url: str) -> None:
        parts = [*identity.parts(identity.IdentitySettings(), place / "keys"), PublicUrl("http://127.0.0.1:8770")]
        self.store = Store(url, parts=parts)
        self.store.sketch()
        offers = [identity.Offer(one, one, f"/{one}") for one in TYPES]
        self.store.write(identity.seed, identity.Seed(PEOPLE, offers))
        self.front = Front([identity.identity], self.store, identity.authenticate, "http://127.0.0.1:8770")
        self.loop = asyncio.new_event_loop()
        self.token = ""

    def ask(self, line: str, body: Any = None, **headers: str) -> dict[str, str]:
        """One request; the headers of its answer, which must be a good one."""
        method, target = line.split(" ")
        path, _, query = target.partition("?")
        told = {"content-type": "application/json", "x-auth-token": self.token, **headers}
        scope = {
            "type": "http",
            "method": method,
            "path": f"/identity/v3{path}",
            "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in told.items()],
        }
        return self.loop.run_until_complete(self._asked(scope, b"" if body is None else json.dumps(body).encode()))

    async def _asked(self, scope: dict[str, Any], content: bytes) -> dict[str, str]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.front(scope, receive, send)
        if sent[0]["status"] >= 300:
            raise RuntimeError(f"{scope['path']}: {sent[0]['status']}")
        return {name.decode(): value.decode() for name, value in sent[0]["headers"]}

    def issue(self, project: str = "admin") -> str:
        """A token by password."""
        user = {"name": "admin" if project == "admin" else "nova", "domain": {"id": "default"}, "password": "secret"}
        scope = {"project": {"name": project, "domain": {"id": "default"}}}
        claims = {"methods": ["password"], "password": {"user": user}}
        return self.ask("POST /auth/tokens", {"auth": {"identity": claims, "scope": scope}})["x-subject-token"]

    def crowd(self) -> tuple[str, str]:
        """Write 100,000 users with a role each in one project; the last's id, and the project's."""
        project = self.store.read(lambda tx: tx.value(assignments.select().with_only_columns(assignments.c.scope_id)))
        role = self.store.read(lambda tx: tx.value(assignments.select().with_only_columns(assignments.c.role_id)))
        ids = [f"{number:032x}" for number in range(CROWD)]
        made = {"domain_id": "default", "enabled": True, "generation": 0, "options": {}, "extras": {}}

        def write(tx: Tx) -> None:
            people = [{"id": one, "name": f"user-{one}", "created_at": tx.now, **made} for one in ids]
            tx._connection.execute(users.insert(), people)
            tx._connection.execute(assignments.insert(), [Grant("user", i, "project", project, role).row for i in ids])

        self.store.write(write)
        return ids[-1], str(project)


def measured(bench: Bench) -> Iterator[tuple[str, float, int]]:
    """Metric, milliseconds of CPU, times measured."""
    yield "token issue by password", *timed(bench.issue, 30)
    bench.token = bench.issue()
    subject = bench.issue()
    yield "validate a known token", *timed(lambda: identity.authenticate(bench.store, subject), 3000)
    fresh = iter([bench.issue() for _ in range(31)])
    yield "validate a token for the first time", *timed(lambda: identity.authenticate(bench.store, next(fresh)), 30)
    yield "GET /auth/tokens", *timed(lambda: bench.ask("GET /auth/tokens", x_subject_token=subject), 1000)
    claims = {"methods": ["token"], "token": {"id": subject}}
    yield "token issue by token", *timed(lambda: bench.ask("POST /auth/tokens", {"auth": {"identity": claims}}), 300)
    yield "GET /projects", *timed(lambda: bench.ask("GET /projects"), 500)
    somebody, project = bench.crowd()
    for line in (
        f"GET /users/{somebody}",
        f"GET /users?name=user-{somebody}",
        "GET /users?enabled=false",
        "GET /users?password_expires_at=lt:2026-01-01T00:00:00Z",
        "GET /users?domain_id=default&limit=20",
        "GET /users?limit=20",
        f"GET /users?limit=20&marker={CROWD // 2:032x}",
        f"GET /role_assignments?user.id={somebody}",
        f"GET /role_assignments?user.id={somebody}&effective",
        f"GET /users?name__startswith=user-{somebody}",
        "GET /users?name__startswith=user&limit=20",
        f"GET /users?name__contains={somebody[-6:]}",
        "GET /users?name__contains=user&limit=20",
        f"GET /role_assignments?user.id={somebody}&scope.project.id={project}",
        f"GET /role_assignments?user.id={somebody}&scope.project.id={project}&effective",
        f"GET /role_assignments?scope.project.id={project}&limit=20",
        f"GET /role_assignments?scope.project.id={project}&effective&limit=20",
        "GET /role_assignments?limit=20",
        "GET /role_assignments?scope.system=all",
        f"GET /users/{somebody}/projects",
    ):
        name = line.replace(somebody, "ID").replace(f"{CROWD // 2:032x}", "ID").replace(project, "PROJECT")
        yield f"{name} among {CROWD}", *timed(lambda line=line: bench.ask(line), 300)


def timed(call: Callable[[], object], times: int) -> tuple[float, int]:
    """Milliseconds of CPU for one call, after a first one that is not counted."""
    call()
    before = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - before) / times * 1000, times


def main() -> None:
    """Measure on each database there is."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with TemporaryDirectory() as place:
        urls = {"sqlite": f"sqlite:///{place}/bench.db"}
        if given := os.environ.get("PILEUS_BENCH_DATABASE"):
            urls["postgresql"] = given
        for name, url in urls.items():
            bench = Bench(Path(place), url)
            for metric, value, times in measured(bench):
                line = {"metric": f"identity {metric} ({name})", "value": round(value, 3), "unit": "ms cpu", "n": times}
                print(json.dumps(line), flush=True)
            bench.store.close()


if __name__ == "__main__":
    main()
