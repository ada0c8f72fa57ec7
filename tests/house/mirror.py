"""Tests lie where the code lies: `compute/keypairs.py` is tested by `tests/compute/test_keypairs.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from tests.house.source import Module

PROVEN_ELSEWHERE = {
    "src/pileus/chunks/": "by the suite that both stores share, and by ending it before every call to the disk",
    "src/pileus/client/": "by the tests of image/pushes, whose pushes and pulls it makes, and by a story of the client",
    "src/pileus/compute/host/hypervisor.py": "by the suite that fake.py and libvirt share",
    "src/pileus/compute/host/libvirt/": "by tests/hosts, with real guests, and by the suite it shares with fake.py",
    "src/pileus/network/host/linux/": "by tests/hosts, with real links, and by the suite it shares with fake.py",
    "src/pileus/host/agent.py": "by tests/hosts/test_up.py, through the command itself",
    "src/pileus/host/libvirt_host.py": "by tests/hosts/test_up.py, through the command itself",
    "src/pileus/host/contain/": "by tests/hosts, in real namespaces",
    "src/pileus/kernel/doors.py": "by tests/house/test_doors.py, in processes of their own",
    "src/pileus/kernel/migrations/": "by the tests of the store, which begin with an empty database",
    "src/pileus/app.py": "by every story, and by the whole cloud of tests/toy.py",
    "src/pileus/cli": "by the stories, through the command itself",
}
TABLES = {"changes", "policy", "settings", "table"}  # in a service these declare and do nothing


def logic_is_tested_where_it_lies(modules: Sequence[Module]) -> Iterator[str]:
    """Each module with a function in it has its tests, or its folder has."""
    tests = {module.path for module in modules if module.path.startswith("tests/")}
    for module in modules:
        if not module.room or not has_logic(module) or module.path.startswith(tuple(PROVEN_ELSEWHERE)):
            continue
        if module.room != "kernel" and module.stem in TABLES:
            continue
        if not tests & set(homes(module.path)):
            yield module.at(1, f"is tested by none of {', '.join(homes(module.path))}")


def has_logic(module: Module) -> bool:
    """Whether a function in it does anything; the verbs of a protocol only say what others do."""
    return any(does_something(function) for function in module.functions())


def does_something(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether there is more in a function than words."""
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in function.body)


def homes(path: str) -> list[str]:
    """Where the tests of a file may be: in its mirror, or in that of the folder it is a chapter of."""
    *folders, name = path.removeprefix("src/pileus/").removesuffix(".py").split("/")
    if name == "__init__":
        name = "door"
    found = ["/".join(["tests", *folders, f"test_{name}.py"])]
    if len(folders) > 1:
        found.append("/".join(["tests", *folders[:-1], f"test_{folders[-1]}.py"]))
    return found


RULES = (logic_is_tested_where_it_lies,)
