"""The pins: one version for every package, from nowhere in particular, and the ones that run here."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source import REPOSITORY

LINES = [line for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
PINNED: dict[str, str] = {canonicalize_name(name): pin for name, pin in (line.split("==") for line in LINES)}
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}


def installed(name: str) -> str | None:
    """The version of a package that runs here, if it is here at all."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def brought(wanted: list[str]) -> set[str]:
    """The packages that requirements bring here, with all that those bring."""
    found: set[str] = set()
    waiting = [(Requirement(line), "") for line in wanted]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        if name not in found and installed(name):
            waiting += [(Requirement(line), of) for line in requires(name) or () for of in (requirement.extras or {""})]
        found.add(name)
    return found


def test_a_pin_is_a_name_and_a_version() -> None:
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_an_extra_brings_is_here_as_it_is_pinned(extra: str) -> None:
    absent = [line for line in EXTRAS[extra] if installed(Requirement(line).name) is None]
    assert absent == [], f"`make setup` brings what the extra {extra!r} of this project wants"
    here = {name: installed(name) for name in brought(EXTRAS[extra])}
    assert {name: PINNED.get(name) for name in here} == here


def test_nothing_is_pinned_that_nobody_wants() -> None:
    wanted = brought([line for lines in EXTRAS.values() for line in lines]) | {"setuptools", "wheel"}
    assert sorted(PINNED.keys() - wanted) == []
