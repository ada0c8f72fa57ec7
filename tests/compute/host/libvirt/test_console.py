"""The end of a console."""

from __future__ import annotations

from pathlib import Path

from pileus.compute.host.libvirt import console


def test_the_last_lines_are_shown(tmp_path: Path) -> None:
    (tmp_path / console.FILE).write_text("one\ntwo\nthree")
    assert console.last_lines(tmp_path, 2) == "two\nthree"
    assert console.last_lines(tmp_path, 99) == "one\ntwo\nthree"
    assert console.last_lines(tmp_path, 0) == console.last_lines(tmp_path, -1) == ""


def test_a_guest_that_said_nothing_has_no_console(tmp_path: Path) -> None:
    assert console.last_lines(tmp_path, 10) == ""


def test_a_file_just_begun_is_completed_from_the_one_before(tmp_path: Path) -> None:
    (tmp_path / f"{console.FILE}.0").write_text("old one\nold two\n")
    (tmp_path / console.FILE).write_text("new\n")
    assert console.last_lines(tmp_path, 2) == "old two\nnew\n"


def test_however_many_are_asked_for_it_is_bounded(tmp_path: Path) -> None:
    (tmp_path / console.FILE).write_bytes(b"x" * (3 * console.MOST))
    assert len(console.last_lines(tmp_path, 10**9)) == console.MOST


def test_what_was_said_in_an_earlier_life_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / console.FILE).write_text("Kernel panic\n")
    begun_at = console.size(tmp_path)
    assert console.of_this_life(tmp_path, begun_at) == ""
    with (tmp_path / console.FILE).open("a") as file:
        file.write("fine\n")
    assert console.of_this_life(tmp_path, begun_at) == "fine\n"
    assert console.of_this_life(tmp_path, 10**6) == "Kernel panic\nfine\n"
