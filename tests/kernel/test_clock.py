"""Time and identifiers."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from pileus.kernel.clock import HeldClock, SystemClock


def test_a_moment_is_naive_and_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is None
    assert abs(datetime.now(UTC).replace(tzinfo=None) - now) < timedelta(seconds=5)


def test_a_held_clock_moves_only_when_told() -> None:
    clock = HeldClock()
    before = clock.now(), clock.monotonic()
    clock.forward(90)
    assert (clock.now() - before[0], clock.monotonic() - before[1]) == (timedelta(seconds=90), 90)


def test_a_held_clock_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        HeldClock().forward(-1)


@pytest.mark.parametrize("clock", [SystemClock(), HeldClock()])
def test_identifiers_are_random_uuids_in_form_and_never_repeat(clock: SystemClock | HeldClock) -> None:
    made = {clock.new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {(str(uuid.UUID(one)), uuid.UUID(one).version) for one in made} == {(one, 4) for one in made}


def test_the_identifiers_of_a_held_clock_come_in_order_and_differ_in_their_first_characters() -> None:
    clock = HeldClock()
    made = [clock.new_id() for _ in range(300)]
    assert made == sorted(made)
    assert len({one[:11] for one in made}) == 300
