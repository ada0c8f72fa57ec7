"""The rules of the house, executed: on all of the source, and on small samples that break them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest

from tests.house import directions, mirror, sizes, words
from tests.house.source import Module, Rule, read

OF_THE_SOURCE = (*words.RULES, *directions.RULES)
OF_ALL = (*sizes.RULES, *words.EVERYWHERE)
ROOM = "src/pileus/compute"
DOOR = "src/pileus/network/__init__.py"


@cache
def source() -> list[Module]:
    """The package itself."""
    return read("src/pileus")


@cache
def everything() -> list[Module]:
    """The package, its tests, benchmarks and set-up."""
    return [*source(), *read("tests", "bench", "setup")]


@pytest.mark.parametrize("rule", OF_THE_SOURCE, ids=lambda rule: rule.__name__)
def test_the_source_obeys(rule: Rule) -> None:
    obey(rule, source())


@pytest.mark.parametrize("rule", OF_ALL, ids=lambda rule: rule.__name__)
def test_every_python_file_obeys(rule: Rule) -> None:
    obey(rule, everything())


@pytest.mark.parametrize("rule", mirror.RULES, ids=lambda rule: rule.__name__)
def test_the_tests_mirror_the_source(rule: Rule) -> None:
    obey(rule, everything())


def obey(rule: Rule, modules: Sequence[Module]) -> None:
    """Fail with every complaint there is, not only the first."""
    complaints = list(rule(modules))
    if complaints:
        pytest.fail("\n".join([f"{rule.__name__}:", *complaints]), pytrace=False)


def sample(text: str, path: str = f"{ROOM}/servers.py", **others: str) -> list[Module]:
    """A tree of one file, or more."""
    return [Module(path, text), *(Module(name.replace("__", "/") + ".py", said) for name, said in others.items())]


BROKEN: list[tuple[Rule, list[Module]]] = [
    (sizes.a_file_is_short, sample("x = 1\n" * 451)),
    (sizes.a_line_fits, sample("x" * 121)),
    (sizes.a_function_is_short, sample("def f():\n" + "    x = 1\n" * 50)),
    (sizes.a_function_takes_few_arguments, sample("def f(a, b, c, d, e, f): ...")),
    (sizes.a_function_takes_few_arguments, sample("class A:\n  def f(self, a, b, c, d, e, f): ...")),
    (sizes.blocks_nest_little, sample("def f():\n if a:\n  for b in c:\n   with d:\n    if e:\n     pass")),
    (
        sizes.blocks_nest_little,
        sample("def f():\n if a:\n  pass\n else:\n  for b in c:\n   with d:\n    while e:\n     x()"),
    ),
    (sizes.a_folder_is_surveyable, [Module(f"{ROOM}/m{number}.py", "") for number in range(25)]),
    (words.a_thing_has_a_home, sample("", f"{ROOM}/string_utils.py")),
    (words.a_thing_has_a_home, sample("", f"{ROOM}/base.py")),
    (words.a_thing_has_a_home, sample("", f"{ROOM}/common/one.py")),
    (words.a_thing_has_a_home, sample("class HostManager: ...")),
    (words.nothing_is_got, sample("def get_server(): ...")),
    (words.nothing_is_got, sample("class A:\n  async def _get_server(self): ...")),
    (words.a_module_opens_with_a_sentence, sample("import os")),
    (words.a_module_opens_with_a_sentence, sample('"""servers"""')),
    (words.a_door_says_what_it_offers, sample("def claim(tx): ...", DOOR)),
    (
        words.a_door_says_what_it_offers,
        sample("from pileus.network.ports import claim", DOOR, src__pileus__network__ports="def claim(tx): ..."),
    ),
    (words.only_the_command_line_prints, sample("print(1)")),
    (words.nothing_sleeps, sample("import time\ntime.sleep(1)")),
    (words.nothing_sleeps, sample("from asyncio import sleep as pause")),
    (words.versions_are_compared_in_one_place, sample("if who.at >= NEWEST: ...")),
    (words.versions_are_compared_in_one_place, sample('x = seen < version("2.96")')),
    (words.nothing_is_left_for_later, sample("x = 1  # TO" + "DO: more")),
    (words.nothing_is_left_for_later, sample("def f():\n  raise NotImplementedError")),
    (words.nothing_is_left_for_later, sample('import pytest\npytest.skip("not now")')),
    (words.nothing_is_left_for_later, sample("import pytest\n@pytest.mark.xfail\ndef test_x(): ...")),
    (words.nothing_of_ours_is_mocked, sample("from unittest.mock import Mock")),
    (words.nothing_of_ours_is_mocked, sample("from unittest import mock")),
    (directions.a_service_is_entered_by_its_door, sample("from pileus.network.ports import claim")),
    (directions.a_service_is_entered_by_its_door, sample("import pileus.network.ports.table")),
    (
        directions.a_service_is_entered_by_its_door,
        sample("from pileus.network import ports", src__pileus__network__ports=""),
    ),
    (directions.a_host_knows_no_control_plane, sample("import pileus.kernel.store", f"{ROOM}/host/define.py")),
    (
        directions.a_host_knows_no_control_plane,
        sample("from pileus.network.host.spec import Port", f"{ROOM}/host/x.py"),
    ),
    (directions.a_host_knows_no_control_plane, sample("from pileus.fleet import want", "src/pileus/host/loop.py")),
    (directions.a_driver_is_called_on_hosts_only, sample("from pileus.compute.host.fake import Fake")),
    (directions.a_driver_is_called_on_hosts_only, sample("from pileus.host.loop import Loop")),
    (mirror.logic_is_tested_where_it_lies, sample("def f():\n  return 1")),
    (mirror.logic_is_tested_where_it_lies, sample("def f():\n  return 1", tests__network__test_servers="")),
]


@pytest.mark.parametrize(("rule", "broken"), BROKEN, ids=lambda each: getattr(each, "__name__", ""))
def test_a_rule_complains_about(rule: Rule, broken: Sequence[Module]) -> None:
    assert len(list(rule(broken))) == 1


def test_every_rule_is_known_to_complain() -> None:
    assert {rule for rule, _ in BROKEN} == {*OF_THE_SOURCE, *OF_ALL, *mirror.RULES}


KEPT: list[tuple[Rule, list[Module]]] = [
    (sizes.a_function_takes_few_arguments, sample("class A:\n  def f(self, a, b, c, d, e, *, g, h): ...")),
    (sizes.blocks_nest_little, sample("def f():\n if a:\n  x()\n elif b:\n  x()\n elif c:\n  x()\n elif d:\n  x()")),
    (sizes.blocks_nest_little, sample("def f():\n for a in b:\n  def g():\n   for c in d:\n    if e:\n     x()")),
    (words.a_thing_has_a_home, sample("class BandwidthLimit: ...", f"{ROOM}/base_disk.py")),
    (words.only_the_command_line_prints, sample("print(1)", "src/pileus/cli/up.py")),
    (words.versions_are_compared_in_one_place, sample("x = at < other", "src/pileus/kernel/versions.py")),
    (words.versions_are_compared_in_one_place, sample("x = row.created_at < tx.now")),
    (words.nothing_is_left_for_later, sample("rows.skip(3)")),
    (
        directions.a_service_is_entered_by_its_door,
        sample("from pileus.network import claim\nimport pileus.kernel.store"),
    ),
    (directions.a_service_is_entered_by_its_door, sample("import pileus.network.ports", "src/pileus/app.py")),
    (directions.a_host_knows_no_control_plane, sample("from pileus.kernel.clock import Clock", f"{ROOM}/host/x.py")),
    (directions.a_host_knows_no_control_plane, sample("import pileus.network.host.spec", "src/pileus/host/loop.py")),
    (directions.a_driver_is_called_on_hosts_only, sample("from pileus.compute.host.spec import Guest")),
    (mirror.logic_is_tested_where_it_lies, sample("def f():\n  return 1", tests__compute__test_servers="")),
    (
        mirror.logic_is_tested_where_it_lies,
        sample("def f():\n  return 1", f"{ROOM}/servers/rules.py", tests__compute__test_servers=""),
    ),
    (mirror.logic_is_tested_where_it_lies, sample('class A:\n  def f(self):\n    """Say."""\n    ...')),
]


@pytest.mark.parametrize(("rule", "kept"), KEPT, ids=lambda each: getattr(each, "__name__", ""))
def test_a_rule_is_content_with(rule: Rule, kept: Sequence[Module]) -> None:
    obey(rule, kept)
