"""What things may be called, what must be said about them, and what is never written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from tests.house.source import Module

HOMELESS = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
UNFINISHED = re.compile("#.*\\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "HA" + "CK", "X" * 3)) + ")\\b")
LEFT_OUT = {"NotImplementedError", "skip", "skipif", "xfail", "importorskip"}
PRINTING = ("src/pileus/cli", "bench/")
COMPARING = "src/pileus/kernel/versions.py"


def a_thing_has_a_home(modules: Sequence[Module]) -> Iterator[str]:
    """No file, folder or class is a helper, a manager, a base or the like: its name would say nothing."""
    for module in modules:
        for name in module.path.removesuffix(".py").split("/"):
            if name in HOMELESS or HOMELESS - {"base"} & set(name.split("_")):
                yield module.at(1, f"{name} does not say what lives there")
        for node in module.nodes:
            if isinstance(node, ast.ClassDef) and HOMELESS & {word.lower() for word in words_of(node.name)}:
                yield module.at(node.lineno, f"{node.name} does not say what it is")


def words_of(name: str) -> list[str]:
    """`ImageCache` is image and cache."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)


IMPOSED = {"get_parser"}  # by the library of the openstack client, which calls its commands by it


def nothing_is_got(modules: Sequence[Module]) -> Iterator[str]:
    """What is merely read is named for what it is, without `get_`."""
    for module in modules:
        for function in module.functions():
            if function.name.lstrip("_").startswith("get_") and function.name not in IMPOSED:
                yield module.at(function.lineno, f"{function.name}: name it for its answer")


def a_module_opens_with_a_sentence(modules: Sequence[Module]) -> Iterator[str]:
    """Each says first what it is."""
    for module in modules:
        said = (ast.get_docstring(module.tree) or "").partition("\n\n")[0].rstrip()
        if module.text.strip() and not said.endswith((".", ":", "?", "!")):
            yield module.at(1, "does not open with a sentence")


def a_door_says_what_it_offers(modules: Sequence[Module]) -> Iterator[str]:
    """Whatever other services may call has a docstring where it is written."""
    by_path = {module.path: module for module in modules}
    for door in modules:
        if door.path == f"src/pileus/{door.room}/__init__.py":
            yield from undocumented(door, None)
            for behind, names in offered(door, by_path):
                yield from undocumented(behind, names)


def offered(door: Module, by_path: Mapping[str, Module]) -> Iterator[tuple[Module, set[str]]]:
    """The modules behind a door with the names it takes from them."""
    for node in door.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = "src/" + node.module.replace(".", "/")
            behind = by_path.get(f"{inner}.py") or by_path.get(f"{inner}/__init__.py")
            if behind and behind.room == door.room:
                yield behind, {name.name for name in node.names}


def undocumented(module: Module, names: set[str] | None) -> Iterator[str]:
    """Its public functions and classes (or those named) that say nothing about themselves."""
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or ast.get_docstring(node):
            continue
        if node.name in names if names is not None else not node.name.startswith("_"):
            yield module.at(node.lineno, f"{node.name} is offered at the door without a word")


def only_the_command_line_prints(modules: Sequence[Module]) -> Iterator[str]:
    """Everything else logs, or answers."""
    for module in modules:
        if not module.path.startswith(PRINTING):
            yield from called(module, {"print"}, "prints")


def nothing_sleeps(modules: Sequence[Module]) -> Iterator[str]:
    """One waits for an event with a deadline, or is called again later."""
    for module in modules:
        yield from called(module, {"sleep", "usleep"}, "sleeps")


def called(module: Module, names: set[str], deed: str) -> Iterator[str]:
    """Where a module calls, or hands on, one of some functions."""
    for node in module.nodes:
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in names:
                yield module.at(node.lineno, deed)
        elif isinstance(node, ast.ImportFrom) and names & {name.name for name in node.names}:
            yield module.at(node.lineno, deed)


def versions_are_compared_in_one_place(modules: Sequence[Module]) -> Iterator[str]:
    """Where behaviour differs by version, the caller carries a named capability."""
    for module in modules:
        for node in module.nodes if module.path != COMPARING else ():
            if isinstance(node, ast.Compare) and any(is_version(side) for side in (node.left, *node.comparators)):
                yield module.at(node.lineno, "compares versions")


def is_version(side: ast.expr) -> bool:
    """Whether an operand is a microversion: `who.at`, `Version(2, 96)`, `version("2.96")`."""
    if isinstance(side, ast.Call):
        return getattr(side.func, "id", getattr(side.func, "attr", "")) in {"Version", "version"}
    return isinstance(side, ast.Attribute) and side.attr == "at" and getattr(side.value, "id", "") in {"who", "caller"}


def nothing_is_left_for_later(modules: Sequence[Module]) -> Iterator[str]:
    """No reminders, no stubs, no tests that are not run."""
    for module in modules:
        for number, line in enumerate(module.text.splitlines(), start=1):
            if UNFINISHED.search(line):
                yield module.at(number, "leaves a reminder")
        for node in module.nodes:
            name = getattr(node, "id", "") if isinstance(node, ast.Name) else getattr(node, "attr", "")
            if name in LEFT_OUT and not (name == "skip" and not is_pytest(node)):
                yield module.at(getattr(node, "lineno", 1), f"{name}: do it or leave it")


def is_pytest(node: ast.AST) -> bool:
    """Whether an attribute is one of pytest's (`skip` is a word others may use)."""
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"pytest", "pytest.mark"}


def nothing_of_ours_is_mocked(modules: Sequence[Module]) -> Iterator[str]:
    """Tests use fakes that obey the same suite as what they stand for."""
    for module in modules:
        for line, name in module.imports():
            if name.split(".")[:2] == ["unittest", "mock"] or name.split(".")[0] in {"mock", "pytest_mock"}:
                yield module.at(line, "mocks")


RULES = (
    a_thing_has_a_home,
    nothing_is_got,
    a_module_opens_with_a_sentence,
    a_door_says_what_it_offers,
    only_the_command_line_prints,
    nothing_sleeps,
    versions_are_compared_in_one_place,
)
EVERYWHERE = (a_thing_has_a_home, a_module_opens_with_a_sentence, nothing_is_left_for_later, nothing_of_ours_is_mocked)
