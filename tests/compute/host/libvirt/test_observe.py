"""What is seen of a guest, from what libvirt shows and what the host remembers."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import libvirt
import pytest

from pileus.compute.host.libvirt import console, observe, record
from pileus.compute.host.libvirt.observe import Found
from pileus.compute.host.spec import SeenGuest
from tests.compute.host.specs import uuid_of

NOW = datetime(2026, 1, 1)
NEVER_BOOTS = "Booting from Hard Disk...\nNo bootable device.\n"


def found(state: int, reason: int = 0, *, persistent: bool = True, saved: bool = False) -> Found:
    return Found(state, reason, persistent, saved, {uuid_of(1): "tap-of-nobody"})


RUNS = found(libvirt.VIR_DOMAIN_RUNNING)
OFF = libvirt.VIR_DOMAIN_SHUTOFF


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    record.change(tmp_path, power="on", turn=3, definition="d", started_at=NOW.isoformat())
    return tmp_path


def look(folder: Path, shown: Found | None, *, later: float = 1) -> SeenGuest:
    return observe.seen(uuid_of(1), folder, record.read(folder), shown, NOW + timedelta(seconds=later))


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        (RUNS, "running"),
        (found(libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_USER), "paused"),
        (found(libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_IOERROR), "paused"),
        (found(libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_SAVE), "running"),
        (found(libvirt.VIR_DOMAIN_CRASHED), "crashed"),
        (found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN), "halted"),
        (found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED), "crashed"),
        (found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_FAILED), "crashed"),
        (found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED), "stopped"),
        (found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_UNKNOWN), "stopped"),
        (found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_SAVED, saved=True), "suspended"),
        (None, "stopped"),
    ],
    ids=str,
)
def test_a_guest_that_was_started_is_seen_as(folder: Path, shown: Found | None, state: str) -> None:
    assert look(folder, shown).state == state


def test_a_guest_that_waits_for_room_on_the_disk_says_so(folder: Path) -> None:
    shown = found(libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_IOERROR)
    assert "host may be full" in look(folder, shown).because


def test_a_guest_we_stopped_is_stopped_whatever_it_died_of(folder: Path) -> None:
    record.change(folder, power="off")
    assert look(folder, found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED)).state == "stopped"


@pytest.mark.parametrize("reason", [libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED])
def test_how_a_guest_ended_is_remembered_when_libvirt_forgets(folder: Path, reason: int) -> None:
    first = look(folder, found(OFF, reason))
    again = look(folder, found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_UNKNOWN))
    assert (again.state, again.because) == (first.state, first.because)


def test_a_guest_whose_start_was_cut_short_is_stopped_whatever_it_died_of_before(folder: Path) -> None:
    record.change(folder, power="starting")
    assert look(folder, found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED)).state == "stopped"


def test_a_guest_that_came_up_though_nobody_lived_to_note_it_is_on(folder: Path) -> None:
    record.change(folder, power="starting")
    assert look(folder, RUNS).state == "running"
    assert look(folder, found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_SHUTDOWN)).state == "halted"


def test_what_a_worker_noted_meanwhile_is_not_undone(folder: Path) -> None:
    before = record.read(folder)
    record.change(folder, power="on", turn=4)
    died = found(OFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED)
    assert observe.seen(uuid_of(1), folder, before, died, NOW).state == "crashed"
    assert record.read(folder).power == "on"


def test_what_the_host_remembers_is_told(folder: Path) -> None:
    seen = look(folder, RUNS)
    assert (seen.turn, seen.definition, seen.started_at) == (3, "d", NOW.isoformat())


def test_an_undefined_guest_lacks_its_definition(folder: Path) -> None:
    assert look(folder, None).definition == ""
    assert look(folder, found(libvirt.VIR_DOMAIN_RUNNING, persistent=False)).definition == ""


def test_cards_of_a_stopped_guest_count_and_those_of_a_running_one_need_their_tap(folder: Path) -> None:
    assert look(folder, found(OFF)).nics == (uuid_of(1),)
    assert look(folder, RUNS).nics == ()


def test_a_young_guest_whose_bios_finds_nothing_has_crashed_and_stays_so(folder: Path) -> None:
    (folder / console.FILE).write_text(NEVER_BOOTS)
    for later in (1, 10_000):
        seen = look(folder, RUNS, later=later)
        assert (seen.state, seen.because) == ("crashed", "Its disk holds nothing that boots.")


def test_an_old_or_heard_guest_may_write_what_it_likes(folder: Path) -> None:
    (folder / console.FILE).write_text(NEVER_BOOTS)
    assert look(folder, RUNS, later=10_000).state == "running"
    record.change(folder, read_metadata=True)
    assert look(folder, RUNS).state == "running"


def test_what_stands_on_the_console_from_an_earlier_life_does_not_count(folder: Path) -> None:
    (folder / console.FILE).write_text(NEVER_BOOTS)
    record.change(folder, console_at=len(NEVER_BOOTS))
    assert look(folder, RUNS).state == "running"


def test_only_folders_named_by_identifiers_are_guests(tmp_path: Path) -> None:
    (tmp_path / uuid_of(5)).mkdir()
    (tmp_path / "kvm.json").touch()
    assert set(observe.folders(tmp_path)) == {uuid_of(5)}
