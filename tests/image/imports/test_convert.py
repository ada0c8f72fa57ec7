"""Conversions leave nothing behind, not even those that were killed."""

from __future__ import annotations

from pathlib import Path

from pileus.image import Scratch


def test_what_a_killed_process_left_is_given_back_and_nothing_else(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "scratch")
    scratch.clear()
    left, other = scratch.folder / "convert-abc", scratch.folder / "notes"
    for folder in (left, other):
        folder.mkdir(parents=True)
        (folder / "source").write_bytes(b"half an image")
    scratch.clear()
    assert list(scratch.folder.iterdir()) == [other]
