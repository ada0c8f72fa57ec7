"""Sentences for the owner of a guest that did not do well."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus.compute.host.libvirt.words import tail, why_it_ended, why_it_never_booted, without_paths

PANIC = "[1.7] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n[1.8] CPU: 0\r\n"
LOG = """2026-01-01 starting up libvirt version: 9.0.0
LC_ALL=C \\
/usr/bin/qemu-system-x86_64 \\
-name guest=x \\
2026-01-01T00:00:00.1Z qemu-system-x86_64: -drive file=/run/pileus/guests/1/root0.qcow2: Image is corrupt
2026-01-01 00:00:01.0+0000: Domain id=4 is tainted: high-privileges
2026-01-01 00:00:01.0+0000: shutting down, reason=failed
"""


def test_paths_are_shortened_to_the_names_of_files() -> None:
    assert without_paths("cannot open '/run/pileus/guests/1/root0.qcow2': No") == "cannot open 'root0.qcow2': No"


def test_a_panic_is_quoted() -> None:
    expected = "Its kernel panicked: VFS: Unable to mount root fs on unknown-block(0,0)."
    assert why_it_never_booted(PANIC) == why_it_ended("", PANIC) == expected


@pytest.mark.parametrize("said", ["No bootable device.\r\n", "Boot failed: not a bootable disk\r\n"])
def test_a_disk_without_a_system_is_recognised_by_what_the_bios_says(said: str) -> None:
    assert (
        why_it_never_booted(f"SeaBIOS\r\nBooting from Hard Disk...\r\n{said}") == "Its disk holds nothing that boots."
    )


def test_a_booting_system_is_nothing_to_speak_of() -> None:
    assert why_it_never_booted("SeaBIOS\r\nBooting from ROM...\r\n[0.0] Linux version 6.1\r\n") == ""


def test_the_last_complaint_of_qemu_is_passed_on_without_paths() -> None:
    assert why_it_ended(LOG, "") == "QEMU ended: -drive file=root0.qcow2: Image is corrupt."


def test_a_killed_qemu_has_said_nothing() -> None:
    killed = "2026-01-01T00:00:00Z qemu-system-x86_64: terminating on signal 15 from pid 1 (init)\n"
    assert why_it_ended(killed, "") == why_it_ended("", "") == "Its QEMU process ended without a word."


def test_a_tail_is_bounded_and_never_fails(tmp_path: Path) -> None:
    file = tmp_path / "log"
    assert tail(file) == ""
    file.write_bytes(b"x" * 100 + b"\xff\xfeend")
    assert tail(file, 5) == "\ufffd\ufffdend"
