"""The reference, made from what the cloud is made of: every request, every policy rule, every setting.

    python setup/docs/reference.py build/docs

For each service a page of what can be asked of it, and its OpenAPI document at the oldest and the newest version.
Fails where one of the pages in `docs/` names a file that is not there.  What has not changed is not written again.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pileus import app
from pileus.kernel.openapi import document
from pileus.kernel.routes import Operation, Service
from pileus.kernel.versions import NONE
from pileus.settings import Settings

ROOT = Path(__file__).parents[2]
URL = "http://127.0.0.1:8770"
PEOPLES = [service for service in app.SERVICES if service.name != "fleet"]
"""The services that people ask; the fleet's is no published API."""

NAMED = re.compile(r"`([\w.-]+/[\w./-]*)`")
HOMES = ("", "src/pileus", "tests", "src/pileus/*")
"""From where a page may name a file."""


def reference() -> dict[str, bytes]:
    """Every page by its file's name."""
    found = {"index.md": index(), "settings.md": settings_page(), "policy.md": policy_page()}
    found |= {f"{service.name}.md": service_page(service) for service in PEOPLES}
    told = {name: text.encode() for name, text in found.items()}
    return told | {name: body for service in PEOPLES for name, body in documents(service)}


def index() -> str:
    """What leads to the others."""
    lines = [f"- [{service.name}]({service.name}.md): `{service.root}`" for service in PEOPLES]
    more = ["- [settings](settings.md): what a file for `pileus up --config` may say", "- [policy](policy.md)"]
    return page("Reference", "Made from the sources by `make docs`.", "\n".join([*lines, *more]))


def documents(service: Service) -> Iterator[tuple[str, bytes]]:
    """OpenAPI, at the oldest and the newest version."""
    for at in {service.versions.oldest, service.versions.newest} if service.versions else {None}:
        name = f"{service.name}-{at}.json" if at else f"{service.name}.json"
        yield name, msgspec.json.format(msgspec.json.encode(document(service, URL, at)), indent=1)


def service_page(service: Service) -> str:
    """What can be asked of a service, as one table."""
    rows = [
        (f"`{one.method} {one.path or '/'}`{action(one)}", versions(one), codes(one), one.rule or "", summary(one.call))
        for one in sorted(service.operations, key=lambda one: (one.path, one.method, one.action or ""))
    ]
    heads = ("Request", "Versions", "Answers", "Policy rule", "What it does")
    return page(service.name.capitalize(), f"Below `{service.root}`.", table(heads, rows))


def action(operation: Operation) -> str:
    """The action's name where a body names one."""
    return f" `{operation.action}`" if operation.action else ""


def versions(operation: Operation) -> str:
    """Since and until which versions it is there; empty where it always is."""
    since, until = operation.span.since, operation.span.until
    return f"{since or ''} to before {until}" if until else f"{since} on" if since else ""


def codes(operation: Operation) -> str:
    """The codes it answers with when all is well, at the newest version."""
    known = operation.service.versions
    at = known.newest if known else NONE
    return ", ".join(str(code) for code in sorted({operation.code.at(at), *operation.also}))


def policy_page() -> str:
    """Every policy rule and who passes it unless a file says otherwise."""
    parts = [
        f"## {service.name}\n\n" + table(("Rule", "Check"), [(f"`{k}`", f"`{v}`") for k, v in service.rules.items()])
        for service in PEOPLES
    ]
    return page("Policy", "A YAML file that `api.policy_file` names may replace these.", "\n\n".join(parts))


def settings_page() -> str:
    """Every setting, what it is unless told otherwise, and what it means."""
    rows = [(f"`{name}`", f"`{shown(value)}`", meaning) for name, value, meaning in settings_of(Settings)]
    return page("Settings", "", table(("Setting", "Default", "Meaning"), rows))


def settings_of(kind: type[msgspec.Struct], above: str = "") -> Iterator[tuple[str, Any, str]]:
    """Name, default and meaning of each setting of a struct and of those in it."""
    meanings = told(kind)
    for field in msgspec.structs.fields(kind):
        default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory
        value = default() if callable(default) else default
        if isinstance(value, msgspec.Struct):
            yield from settings_of(type(value), f"{above}{field.name}.")
        else:
            yield f"{above}{field.name}", value, meanings.get(field.name, "")


def told(kind: type) -> dict[str, str]:
    """The sentences that stand below a class's attributes."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for before, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[ast.unparse(before.target)] = " ".join(str(after.value.value).split())
    return found


def shown(value: Any) -> str:
    """A value as a settings file would say it."""
    return "unset" if value is msgspec.NODEFAULT else msgspec.json.encode(value).decode()


def summary(call: Any) -> str:
    """The first sentence of what is said of a function."""
    return (inspect.getdoc(call) or "").split("\n")[0]


def page(title: str, first: str, rest: str) -> str:
    """A page with its title."""
    return "\n\n".join(part for part in (f"# {title}", first, rest) if part) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [list(heads), *([*row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def lost(pages: Iterable[Path], root: Path = ROOT) -> list[str]:
    """Files that pages name and that are not there."""
    named = ((each, name) for each in pages for name in NAMED.findall(each.read_text()))
    return [f"{each.name}: {name}" for each, name in named if not is_there(name, root)]


def is_there(name: str, root: Path) -> bool:
    """Whether a file is found, from where pages name it; what is no file's name is not looked for."""
    if not name.endswith((".py", ".md")):
        return True
    return any(True for home in HOMES for _ in root.glob(f"{home}/{name}".lstrip("/")))


def write(folder: Path, wanted: Mapping[str, bytes]) -> int:
    """Write what is new or other than before, and remove what is no more; how much was done."""
    folder.mkdir(parents=True, exist_ok=True)
    present = {path.name: path.read_bytes() for path in folder.iterdir()}
    changed = [name for name, content in wanted.items() if present.get(name) != content]
    for name in changed:
        (folder / name).write_bytes(wanted[name])
    gone = present.keys() - wanted.keys()
    for name in gone:
        (folder / name).unlink()
    return len(changed) + len(gone)


def main(folder: Path) -> None:
    """Write the reference; complain of what is lost."""
    missing = lost(sorted((ROOT / "docs").rglob("*.md")))
    if missing:
        sys.exit("there is no " + "\nthere is no ".join(missing))
    wanted = reference()
    changed = write(folder, wanted)
    print(f"{folder}: {len(wanted)} pages, {changed} changed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
