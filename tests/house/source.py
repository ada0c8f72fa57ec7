"""Python files as the house rules see them: a path, a text and its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file; its path is written from the repository, with slashes."""

    path: str
    text: str

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of its syntax tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, self.path)

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return self.path.rpartition("/")[2].removesuffix(".py")

    @property
    def room(self) -> str:
        """The package or module directly under `pileus` it belongs to; empty outside of it."""
        parts = self.path.removesuffix(".py").split("/")
        return parts[2] if parts[:2] == ["src", "pileus"] and len(parts) > 2 else ""

    @property
    def on_host(self) -> bool:
        """Whether it runs on hosts: the agent, or a service's half there."""
        return "host" in self.path.split("/")[2:-1]

    def named(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """Its nodes of some kinds."""
        return (node for node in self.nodes if isinstance(node, kinds))

    def functions(self) -> Iterator[Function]:
        """Every function and method in it."""
        return (node for node in self.nodes if isinstance(node, Function))

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full dotted name of everything it imports."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)

    def at(self, line: int, complaint: str) -> str:
        """A complaint about one of its lines."""
        return f"{self.path}:{line}: {complaint}"


Rule = Callable[[Sequence[Module]], Iterator[str]]


DRAFTED = "migrations/versions/"
"""Steps of the schema are drafted by a program from the declared tables; nobody writes or splits them."""


def read(*folders: str) -> list[Module]:
    """All Python files beneath folders of the repository that somebody writes."""
    found = (path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.py")))
    modules = (Module(path.relative_to(REPOSITORY).as_posix(), path.read_text()) for path in found)
    return [module for module in modules if DRAFTED not in module.path]
