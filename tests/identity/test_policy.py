"""Who may do what, as one table: worked out from the rules, kept in docs/guides/personas.md.

python -m tests.identity.test_policy > docs/guides/personas.md     after a rule has changed
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pileus.identity.policy import RULES
from pileus.kernel.caller import Caller
from pileus.kernel.policy import Policy

PAGE = Path(__file__).parents[2] / "docs/guides/personas.md"
IMPLIED = {
    "admin": "admin manager member reader",
    "manager": "manager member reader",
    "member": "member reader",
    "reader": "reader",
    "service": "service",
}
PERSONAS = (
    *(("system", role) for role in ("admin", "member", "reader")),
    *(("domain", role) for role in ("admin", "manager", "member", "reader")),
    *(("project", role) for role in ("admin", "manager", "member", "reader", "service")),
)
ALL, OWN, NONE = "●", "○", "·"


def persona(scope: str, role: str) -> Caller:
    """Somebody of a domain with a role in the system, in that domain, or in one of its projects."""
    places: dict[str, dict[str, Any]] = {
        "system": {"system": True},
        "domain": {"domain_id": "own"},
        "project": {"project_id": "own", "project_domain_id": "own"},
    }
    return Caller(user_id="own", user_domain_id="own", roles=frozenset(IMPLIED[role].split()), **places[scope])


def target(whose: str) -> dict[str, Any]:
    """Things of all kinds that are somebody's: its user's, its domain's, its project's."""
    place = {"id": whose, "domain_id": whose}
    things: dict[str, Any] = {
        **dict.fromkeys(("user", "group", "project"), place),
        "domain": {"id": whose},
        "domain_id": whose,
        "role": {"name": "member", "domain_id": None},
        "token": {"user_id": whose},
        "credential": {"user_id": whose},
        "trust": {"trustor_user_id": whose, "trustee_user_id": whose},
        "limit": {"project_id": whose, "project": place, "domain": {"id": whose}},
    }
    return {"user_id": whose, "project_id": whose, "domain_id": whose, "target": things}


def row(policy: Policy, rule: str) -> tuple[str, ...]:
    """How far each persona may go with a rule."""
    found = []
    for one in PERSONAS:
        who = persona(*one)
        own, others = (policy.permits(rule, who, target(whose)) for whose in ("own", "others"))
        found.append(ALL if others else OWN if own else NONE)
    return tuple(found)


def table() -> Iterator[str]:
    """The page's lines: rules that are alike stand together."""
    policy = Policy(RULES)
    alike: dict[tuple[str, ...], list[str]] = {}
    for rule in RULES:
        if rule.startswith("identity:"):
            alike.setdefault(row(policy, rule), []).append(rule.removeprefix("identity:"))
    yield "# Who may do what in the Identity API"
    yield ""
    yield "Made of `src/pileus/identity/policy.py` by `python -m tests.identity.test_policy`, and again by a test."
    yield f"{ALL} is everybody's, {OWN} one's own (its user's, its project's, its domain's), {NONE} nothing."
    yield ""
    yield "| " + " | ".join([f"{scope} {role}" for scope, role in PERSONAS] + ["rules"]) + " |"
    yield "|" + ":-:|" * len(PERSONAS) + "---|"
    for marks, rules in sorted(alike.items(), key=lambda pair: pair[1]):
        yield "| " + " | ".join([*marks, " ".join(f"`{rule}`" for rule in sorted(rules))]) + " |"


def test_the_table_of_personas_is_that_of_the_rules():
    assert PAGE.read_text().splitlines() == list(table()), "make it anew: see above"


def test_nobody_without_a_role_may_touch_what_is_not_its_own():
    policy = Policy(RULES)
    stranger = Caller(user_id="own", user_domain_id="own", project_id="own", project_domain_id="own")
    rules = [rule for rule in RULES if rule.startswith("identity:")]
    allowed = [rule for rule in rules if policy.permits(rule, stranger, target("others"))]
    assert [rule for rule in allowed if not rule.startswith(("identity:get_", "identity:list_"))] == []


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
