"""Domain configurations: table, rules and routes, for the whole, one group of options, and one option."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, ForeignKey, Table, Text, bindparam, column, table, update

from pileus.identity.api import identity
from pileus.identity.auth.keys import CredentialKeys
from pileus.identity.auth.tokens import seconds_of
from pileus.identity.domains.domains import one_domain
from pileus.identity.domains.options import DEFAULTS, SECRETS, Config, shown
from pileus.identity.revision import changed
from pileus.identity.settings import IdentitySettings
from pileus.kernel.caller import Caller
from pileus.kernel.errors import Forbidden, Missing
from pileus.kernel.resource import Resource, given
from pileus.kernel.routes import Answer
from pileus.kernel.store import Id, Tx, metadata

# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────


class DomainConfig(Resource):
    """Groups of options; for one option, its name and value alone."""

    config: dict[str, Any] = given("set")


# ── table ────────────────────────────────────────────────────────────────────────────────────────────────

domain_configs = Table(
    "identity_domain_configs",
    metadata,
    Column("domain_id", Id, ForeignKey("identity_projects.id", ondelete="CASCADE"), primary_key=True),
    Column("sealed", Text, nullable=False),
    info={"kind": "domain_config", "secret": {"sealed"}, "sealed": "sealed"},
)


CHANGED = "domain configs"
"""What is told when a domain's configuration has changed."""

_USERS = table("identity_users", column("domain_id"), column("generation"))
_END_TOKENS = update(_USERS).where(_USERS.c.domain_id == bindparam("whose")).values(generation=_USERS.c.generation + 1)


def driver_of(config: Config) -> str:
    """Where a domain keeps its users; a word that no directory goes by is here, like `sql`."""
    return str(config.get("identity", {}).get("driver", "sql"))


def config_of(tx: Tx, domain_id: str) -> Config:
    """What a domain has set, secrets and all."""
    row = tx.find(domain_configs, domain_id)
    content = tx.part(CredentialKeys).open(row["sealed"]) if row else None
    return msgspec.json.decode(content, type=Config) if content else {}


def _keep(tx: Tx, domain_id: str, config: Config) -> None:
    if driver_of(config) != driver_of(config_of(tx, domain_id)):
        tx.run(_END_TOKENS, whose=domain_id)
        changed(tx)
    tx.tell(CHANGED)
    sealed = tx.part(CredentialKeys).seal(msgspec.json.encode(config), seconds_of(tx.now))
    present = tx.find(domain_configs, domain_id)
    if not any(config.values()):
        if present is not None:
            tx.remove(domain_configs, present)
    elif present is None:
        tx.insert(domain_configs, domain_id=domain_id, sealed=sealed)
    else:
        tx.change(domain_configs, present, sealed=sealed)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────


def _allowed(config: Mapping[str, Any]) -> Config:
    """A given configuration, checked; raises Forbidden for what no domain may set."""
    for group, options in config.items():
        if group not in DEFAULTS or not isinstance(options, dict):
            raise Forbidden(f"Invalid domain specific configuration: group {group} is not supported.")
        unknown = set(options) - set(DEFAULTS[group]) - SECRETS.get(group, frozenset())
        if unknown:
            raise Forbidden(f"Invalid domain specific configuration: option {min(unknown)} in group {group}.")
    return {group: dict(options) for group, options in config.items()}


def _of_domain(tx: Tx, who: Caller, path: Mapping[str, str], asked: Any) -> Mapping[str, Any]:
    return {**path, **one_domain(tx, who, path, asked)}


def _part(config: Config, group: str | None, option: str | None) -> dict[str, Any]:
    """The whole, one group, or one option; raises Missing."""
    if group is None:
        if not config:
            raise Missing("Could not find domain configuration for any options.")
        return config
    options = config.get(group)
    if options is None or (option is not None and option not in options):
        raise Missing(f"Could not find domain configuration for {option or group} in group {group}.")
    return {group: options} if option is None else {option: options[option]}


def _show(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    config = shown(config_of(tx, target["domain"]["id"]))
    return Answer({"config": _part(config, target.get("group"), target.get("option"))}, raw=True)


def _default(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    return Answer({"config": _part(DEFAULTS, target.get("group"), target.get("option"))}, raw=True)


def _change(tx: Tx, who: Caller, target: Mapping[str, Any], asked: DomainConfig) -> Answer:
    """Set what is given; only options that the path is about, and only groups that are there."""
    domain_id, group, option = target["domain"]["id"], target.get("group"), target.get("option")
    given = {group: asked.config} if group and option else asked.config
    wanted, config = _allowed(given), config_of(tx, domain_id)
    _part(config, group, None)
    if (group and set(wanted) != {group}) or (group and option and set(wanted[group]) != {option}):
        raise Forbidden("The body sets something else than the path names.")
    for name, options in wanted.items():
        config[name] = {**config.get(name, {}), **options}
    _keep(tx, domain_id, config)
    return Answer({"config": shown(config)}, raw=True)


def _remove(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> None:
    domain_id, group, option = target["domain"]["id"], target.get("group"), target.get("option")
    config = config_of(tx, domain_id)
    _part(config, group, option)
    if group is None:
        config = {}
    elif option is None:
        del config[group]
    else:
        del config[group][option]
    _keep(tx, domain_id, config)


# ── routes ───────────────────────────────────────────────────────────────────────────────────────────────

_WHOLE = "/domains/{domain_id}/config"

for _path in (_WHOLE, f"{_WHOLE}/{{group}}", f"{_WHOLE}/{{group}}/{{option}}"):
    identity.route(f"GET {_path}", rule="identity:get_domain_config", of=_of_domain)(_show)
    identity.route(f"PATCH {_path}", DomainConfig, "set", rule="identity:update_domain_config", of=_of_domain)(_change)
    identity.route(f"DELETE {_path}", rule="identity:delete_domain_config", of=_of_domain, code=204)(_remove)

for _path in ("/domains/config/default", "/domains/config/{group}/default", "/domains/config/{group}/{option}/default"):
    identity.route(f"GET {_path}", rule="identity:get_domain_config_default")(_default)


@identity.route(f"PUT {_WHOLE}", DomainConfig, "set", rule="identity:create_domain_config", of=_of_domain, code=201)
def replace(tx: Tx, who: Caller, target: Mapping[str, Any], asked: DomainConfig) -> Answer:
    """Set a domain's whole configuration anew."""
    wanted = _allowed(asked.config)
    _keep(tx, target["domain"]["id"], wanted)
    return Answer({"config": shown(wanted)}, raw=True)


_RULES_OF_PASSWORDS = f"{_WHOLE}/security_compliance"


@identity.route(f"GET {_RULES_OF_PASSWORDS}", rule="identity:get_security_compliance_domain_config", of=_of_domain)
@identity.route(
    f"GET {_RULES_OF_PASSWORDS}/{{option}}", rule="identity:get_security_compliance_domain_config", of=_of_domain
)
def show_password_rules(tx: Tx, who: Caller, target: Mapping[str, Any], asked: Any) -> Answer:
    """What passwords must be like, for whoever has to choose one."""
    settings = tx.part(IdentitySettings)
    told = {name: getattr(settings, name) for name in ("password_regex", "password_regex_description")}
    return Answer(
        {"config": _part({"security_compliance": told}, "security_compliance", target.get("option"))}, raw=True
    )
