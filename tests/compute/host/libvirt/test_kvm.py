"""Whether KVM is believed in: a program stands in for QEMU where the answer must be certain."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pileus.compute.host.libvirt import kvm
from pileus.compute.host.libvirt.kvm import CAME_UP, Verdict, probe, verdict

KERNEL = Path("/boot/a-kernel")


def in_place_of_qemu(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script, "qemu")


@pytest.fixture(autouse=True)
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    node = tmp_path / "kvm"
    node.touch()
    monkeypatch.setattr(kvm, "DEVICE", node)
    return node


def test_a_guest_that_came_up_is_proof() -> None:
    assert probe(KERNEL, in_place_of_qemu(f"echo '[0.9] VFS: {CAME_UP} on unknown-block(0,0)'")) == ""


def test_a_guest_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kvm, "DEADLINE", 0.2)
    assert "had not booted after 0.2 s" in probe(KERNEL, in_place_of_qemu("exec sleep 60"))


def test_a_qemu_that_fails_is_quoted() -> None:
    assert probe(KERNEL, in_place_of_qemu("echo 'failed to set MSR' >&2; exit 1")).endswith("failed: failed to set MSR")
    assert probe(KERNEL, in_place_of_qemu("exit 1")).endswith("it ended without a word")


def test_without_device_kernel_or_qemu_there_is_no_proof(device: Path) -> None:
    assert "no kernel" in probe(None)
    assert probe(KERNEL, ("/nowhere/qemu",)) == "QEMU is not installed"
    device.unlink()
    assert "this machine has no" in probe(KERNEL)


def test_an_answer_holds_for_one_boot_of_the_machine(tmp_path: Path) -> None:
    kept = tmp_path / "kvm.json"
    kept.write_bytes(msgspec.json.encode(Verdict(kvm.BOOT.read_text().strip(), True)))
    assert verdict(kept, None).works
    kept.write_bytes(msgspec.json.encode(Verdict("another boot", True)))
    assert not verdict(kept, None).works


def test_an_answer_without_a_kernel_is_not_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kvm.json"
    assert verdict(kept, None).because == "there was no kernel to try it with"
    assert not kept.exists()
