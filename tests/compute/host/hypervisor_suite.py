"""What every hypervisor does, whatever it is made of: run against the fake, and against libvirt with real guests."""

from __future__ import annotations

import time
from typing import Any, Protocol

import pytest
from msgspec.structs import replace

from pileus.compute.host.hypervisor import (
    CanSnapshot,
    HearsGuests,
    Hopeless,
    Hypervisor,
    HypervisorFailed,
    Measures,
    ShowsConsole,
)
from pileus.compute.host.spec import Cpu, Disk, SeenGuest, Snapshot, State, definition_of
from tests.compute.host.specs import KERNEL, card, guest, image, uuid_of


class Subject(Hypervisor, ShowsConsole, Measures, HearsGuests, CanSnapshot, Protocol):
    """A driver with all its powers."""


GUEST = guest()


def seen(hypervisor: Hypervisor, guest_id: str = GUEST.id) -> SeenGuest | None:
    return hypervisor.guests().get(guest_id)


def becomes(hypervisor: Hypervisor, *states: State, seconds: float = 60) -> SeenGuest:
    """Wait until the guest is in one of these states."""
    deadline = time.monotonic() + seconds
    while not (now := seen(hypervisor)) or now.state not in states:
        assert time.monotonic() < deadline, f"never {states}, but {now}"
        time.sleep(0.1)
    return now


class HypervisorSuite:
    """To be inherited beside a fixture `hypervisor` that knows no guest, on a host with taps for ports 1 and 2."""

    def test_capacity_is_told(self, hypervisor: Subject) -> None:
        told = hypervisor.capacity()
        assert told.vcpus > 0
        assert told.memory_mib > 0
        assert told.disk_gib > 0
        assert told.ecu >= told.ecu_per_core > 0
        assert told.virt == "kvm" or told.because

    def test_a_defined_guest_is_stopped_and_as_described(self, hypervisor: Subject) -> None:
        hypervisor.define(GUEST)
        hypervisor.define(GUEST)
        now = becomes(hypervisor, "stopped")
        assert now.definition == definition_of(GUEST)

    def test_a_started_guest_runs_and_knows_its_turn(self, hypervisor: Subject) -> None:
        hypervisor.define(GUEST)
        hypervisor.start(GUEST)
        hypervisor.start(GUEST)
        now = becomes(hypervisor, "running")
        assert now.turn == GUEST.turn
        assert now.started_at

    def test_a_guest_is_paused_and_goes_on(self, hypervisor: Subject) -> None:
        self.runs(hypervisor)
        hypervisor.pause(GUEST.id)
        hypervisor.pause(GUEST.id)
        becomes(hypervisor, "paused")
        hypervisor.start(GUEST)
        becomes(hypervisor, "running")

    def test_a_guest_is_suspended_and_goes_on_where_it_was(self, hypervisor: Subject) -> None:
        began = self.runs(hypervisor).started_at
        hypervisor.suspend(GUEST.id)
        hypervisor.suspend(GUEST.id)
        becomes(hypervisor, "suspended")
        hypervisor.start(GUEST)
        assert becomes(hypervisor, "running").started_at == began

    def test_a_stop_ends_a_guest_and_whatever_was_saved_of_it(self, hypervisor: Subject) -> None:
        self.runs(hypervisor)
        hypervisor.suspend(GUEST.id)
        hypervisor.stop(GUEST.id, gently=False)
        hypervisor.stop(GUEST.id, gently=False)
        becomes(hypervisor, "stopped")

    def test_a_guest_is_started_again_with_a_higher_turn(self, hypervisor: Subject) -> None:
        self.runs(hypervisor)
        hypervisor.stop(GUEST.id, gently=False)
        hypervisor.start(replace(GUEST, turn=7))
        assert becomes(hypervisor, "running").turn == 7

    def test_forgetting_leaves_no_trace_whatever_the_state(self, hypervisor: Subject) -> None:
        self.runs(hypervisor)
        hypervisor.forget(GUEST.id)
        hypervisor.forget(GUEST.id)
        assert seen(hypervisor) is None
        assert hypervisor.console(GUEST.id, 10) == ""

    def test_a_running_guest_gets_another_cpu_share(self, hypervisor: Subject) -> None:
        self.runs(hypervisor)
        other = replace(GUEST, cpu=Cpu(1, 2))
        hypervisor.define(other)
        assert becomes(hypervisor, "running").definition == definition_of(other)

    def test_cards_are_there_as_soon_as_the_guest_runs(self, hypervisor: Subject) -> None:
        both = replace(GUEST, nics=(card(1), card(2)))
        hypervisor.define(both)
        hypervisor.start(both)
        assert becomes(hypervisor, "running").nics == (uuid_of(1), uuid_of(2))

    def test_a_guest_that_was_heard_is_known_to_have_booted_until_its_next_start(self, hypervisor: Subject) -> None:
        self.runs(hypervisor)
        hypervisor.heard(GUEST.id)
        assert becomes(hypervisor, "running").read_metadata

    def test_a_running_guest_is_measured_and_an_unknown_one_is_not(self, hypervisor: Subject) -> None:
        self.runs(hypervisor)
        assert hypervisor.usage()[GUEST.id].memory_mib > 0
        assert uuid_of(99) not in hypervisor.usage()

    def test_a_disk_is_held_still_and_let_go_whether_its_guest_runs_or_not(self, hypervisor: Subject) -> None:
        hypervisor.define(GUEST)
        for state in ("stopped", "running"):
            if state == "running":
                self.runs(hypervisor)
            for _ in range(2):
                still = hypervisor.hold(Snapshot(uuid_of(99), GUEST.id, GUEST.disks[0]))
            assert still.size == GUEST.disks[0].size_mib << 20
            assert list(hypervisor.held()) == [GUEST.id]
            still.close()
            hypervisor.release(GUEST.id)
            hypervisor.release(GUEST.id)
            assert list(hypervisor.held()) == []
            assert becomes(hypervisor, state).id == GUEST.id

    def test_an_unknown_guest_cannot_be_started(self, hypervisor: Subject) -> None:
        with pytest.raises(HypervisorFailed):
            hypervisor.start(GUEST)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"memory_mib": 0},
            {"cpu": Cpu(0)},
            {"disks": (Disk("root", 0),)},
            {"disks": (Disk("swap", 16, image=image("root.raw")),)},
            {"disks": (Disk("root", 16), Disk("root", 32))},
            {"nics": (replace(card(1), mac="no address"),)},
            {"nics": (replace(card(1), port_id="../../etc/passwd"),)},
            {"boot": replace(KERNEL, arguments="init=/bin/sh\nroot=/dev/vdb")},
        ],
        ids=str,
    )
    def test_a_spec_that_cannot_be_is_refused_for_good(self, hypervisor: Subject, wrong: dict[str, Any]) -> None:
        with pytest.raises(Hopeless):
            hypervisor.define(replace(GUEST, **wrong))
        assert seen(hypervisor) is None

    @pytest.mark.parametrize("name", ["", "..", "../x", "0" * 36, uuid_of(1).upper() + "\n", f"{uuid_of(1)}/../x"])
    def test_what_is_no_identifier_never_becomes_a_path(self, hypervisor: Subject, name: str) -> None:
        with pytest.raises(Hopeless):
            hypervisor.define(replace(GUEST, id=name))

    @pytest.mark.parametrize(
        "name", ["<name>&amp;\"'", "$(reboot); '; DROP TABLE guests; --", "../../x", "\x00\x1b[2J\n"]
    )
    def test_a_name_is_only_ever_data(self, hypervisor: Subject, name: str) -> None:
        hypervisor.define(replace(GUEST, name=name))
        assert becomes(hypervisor, "stopped").id == GUEST.id

    def runs(self, hypervisor: Subject) -> SeenGuest:
        hypervisor.define(GUEST)
        hypervisor.start(GUEST)
        return becomes(hypervisor, "running")
