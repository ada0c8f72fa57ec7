"""What a token stands on is told by one statement, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from pileus.identity import authenticate
from pileus.identity.auth.callers import Callers
from pileus.identity.auth.keys import TokenKeys
from pileus.identity.auth.standing import standing
from pileus.identity.auth.tokens import open_token
from tests.asking import Asker
from tests.identity.small_cloud import SmallCloud


@contextmanager
def statements(cloud: SmallCloud) -> Iterator[list[str]]:
    """What is said to the database meanwhile."""
    said: list[str] = []

    def note(*args: object) -> None:
        said.append(str(args[2]))

    engine = cloud.store._database.readers
    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_a_token_seen_for_the_first_time_costs_one_statement(either: SmallCloud):
    token = either.member("alice").token
    either.store.part(Callers)._known.clear()
    with statements(either) as said:
        caller = authenticate(either.store, token)
    assert (caller.user_name, caller.project_name, caller.project_domain_name) == ("alice", "web", "Default")
    assert len(said) == 1


def test_roles_come_down_the_line_of_projects_and_through_what_they_imply(either: SmallCloud):
    admin, alice = either.member("admin"), either.user_id("alice")
    top, manager = either.project_id("web"), either.role_id("manager")
    leaf = _project(admin, "leaf", _project(admin, "middle", top))
    admin(f"PUT /OS-INHERIT/projects/{top}/users/{alice}/roles/{manager}/inherited_to_projects")
    scope = {"project": {"id": leaf}}
    assert authenticate(either.store, either.member("alice", scope).token).roles == {"manager", "member", "reader"}
    assert authenticate(either.store, either.member("alice").token).roles == {"member", "reader"}


def _project(admin: Asker, name: str, parent_id: str) -> str:
    made = admin("POST /projects", {"project": {"name": name, "parent_id": parent_id}})
    return str(made.body["project"]["id"])


def test_of_a_user_that_is_gone_there_is_nothing_to_tell(either: SmallCloud):
    token = open_token(either.store.part(TokenKeys), either.member("alice").token)
    assert token is not None
    assert either.store.look(standing, token) is not None
    either.member("admin")(f"DELETE /users/{either.user_id('alice')}")
    assert either.store.look(standing, token) is None
