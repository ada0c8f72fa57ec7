"""How large a thing may grow before it must become two."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.house.source import Module

LINES_OF_A_FILE = 450
LINES_OF_A_FUNCTION = 50
POSITIONAL_ARGUMENTS = 5
WIDTH = 120
ENTRIES_OF_A_FOLDER = 24
NESTING = 3
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


def a_file_is_short(modules: Sequence[Module]) -> Iterator[str]:
    """At most 450 lines."""
    for module in modules:
        count = len(module.text.splitlines())
        if count > LINES_OF_A_FILE:
            yield module.at(1, f"{count} lines")


def a_line_fits(modules: Sequence[Module]) -> Iterator[str]:
    """At most 120 characters."""
    for module in modules:
        for number, line in enumerate(module.text.splitlines(), start=1):
            if len(line) > WIDTH:
                yield module.at(number, f"{len(line)} characters")


def a_function_is_short(modules: Sequence[Module]) -> Iterator[str]:
    """At most 50 lines, its docstring included."""
    for module in modules:
        for function in module.functions():
            count = (function.end_lineno or function.lineno) - function.lineno + 1
            if count > LINES_OF_A_FUNCTION:
                yield module.at(function.lineno, f"{function.name} has {count} lines")


def a_function_takes_few_arguments(modules: Sequence[Module]) -> Iterator[str]:
    """At most five by position; self and cls are not counted."""
    for module in modules:
        for function in module.functions():
            taken = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
            count = len(taken) - (taken[:1] in (["self"], ["cls"]))
            if count > POSITIONAL_ARGUMENTS:
                yield module.at(function.lineno, f"{function.name} takes {count} arguments by position")


def blocks_nest_little(modules: Sequence[Module]) -> Iterator[str]:
    """At most three blocks within each other in a function; an elif is no deeper than its if."""
    for module in modules:
        for function in module.functions():
            if depth(function.body) > NESTING:
                yield module.at(function.lineno, f"{function.name} nests its blocks {depth(function.body)} deep")


def depth(body: Sequence[ast.AST]) -> int:
    """How many blocks lie within each other; what is defined inside counts for itself."""
    return max((depth_of(node) for node in body), default=0)


def depth_of(node: ast.AST) -> int:
    """The same for one node."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return 0
    inner = [child for child in ast.iter_child_nodes(node) if not is_elif(node, child)]
    elifs = [child for child in ast.iter_child_nodes(node) if is_elif(node, child)]
    return max(depth(inner) + isinstance(node, BLOCKS), depth(elifs))


def is_elif(node: ast.AST, child: ast.AST) -> bool:
    """Whether child is the elif of node."""
    return isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]


def a_folder_is_surveyable(modules: Sequence[Module]) -> Iterator[str]:
    """At most 24 entries."""
    entries: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        parts = module.path.split("/")
        for place in range(1, len(parts)):
            entries["/".join(parts[:place])].add(parts[place])
    for folder, names in entries.items():
        if len(names) > ENTRIES_OF_A_FOLDER:
            yield f"{folder}: {len(names)} entries"


RULES = (
    a_file_is_short,
    a_line_fits,
    a_function_is_short,
    a_function_takes_few_arguments,
    blocks_nest_little,
    a_folder_is_surveyable,
)
