"""What the host remembers of a guest."""

from __future__ import annotations

from pathlib import Path

from pileus.compute.host.libvirt import record
from pileus.compute.host.libvirt.record import Record


def test_a_guest_without_record_is_off(tmp_path: Path) -> None:
    assert record.read(tmp_path) == Record(power="off", turn=0)


def test_changes_are_kept(tmp_path: Path) -> None:
    record.change(tmp_path, power="on", turn=3)
    record.change(tmp_path, read_metadata=True)
    assert record.read(tmp_path) == Record(power="on", turn=3, read_metadata=True)


def test_a_spoiled_record_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / record.FILE).write_text("{")
    assert record.read(tmp_path) == Record()


def test_a_record_is_replaced_whole(tmp_path: Path) -> None:
    record.write(tmp_path, Record(turn=1))
    record.write(tmp_path, Record(turn=2))
    assert [each.name for each in tmp_path.iterdir()] == [record.FILE]
