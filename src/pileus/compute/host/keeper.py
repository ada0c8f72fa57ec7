"""Keeps a host's guests as they are wanted: looks, plans, lets workers act, and tells what it sees."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from pileus.compute.host.converge import Action, plan
from pileus.compute.host.hypervisor import Hopeless, Hypervisor, HypervisorFailed, Settles, Unreachable
from pileus.compute.host.spec import Guest, SeenGuest
from pileus.kernel.clock import Clock

BOOTS = 2
"""Guests that may boot at a time: more would all starve, each on the others' work."""

BOOTING = 20.0
"""Seconds for which a guest that has not read its metadata counts as booting."""

PRESS_AGAIN = 10.0
"""Seconds between two presses of the power button: a system that is still booting overhears the first."""

FAILURES = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
"""After how many failures in a row the owner is told; and seconds before the next try, doubled each time."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Press:
    """The power button of a guest: when it was pressed first and last."""

    first: float
    last: float


@dataclass(frozen=True)
class Trouble:
    """A guest that could not be brought where it is wanted."""

    way: tuple[Action, ...]
    times: int
    again_at: float
    said: str
    hopeless: bool

    def concerns(self, guest: Guest | None) -> bool:
        """Whether it was met on the way to what is wanted now."""
        return self.way[0].guest == guest

    @property
    def is_told(self) -> bool:
        return self.hopeless or self.times >= FAILURES


class Keeper:
    """The guests of one host.

    `run` is given each guest's work (a function without arguments); the default does it at once, an agent hands it to
    its workers.  `wake` is called whenever some work has ended, and so another look is worth while.
    """

    def __init__(
        self,
        hypervisor: Hypervisor,
        clock: Clock,
        *,
        run: Callable[[Callable[[], None]], object] = lambda job: job(),
        wake: Callable[[], None] = lambda: None,
        boots: int = BOOTS,
    ) -> None:
        self._hypervisor = hypervisor
        self._clock = clock
        self._run = run
        self._wake = wake
        self._boots = boots
        self._lock = threading.Lock()
        self._busy: dict[str, tuple[Action, ...]] = {}
        self._troubles: dict[str, Trouble] = {}
        self._presses: dict[str, Press] = {}

    def look(self, wanted: Mapping[str, Guest], *, spare: Container[str] = ()) -> dict[str, SeenGuest]:
        """Sets in motion what is to be done and tells what is seen; a guest that is not in the answer is gone.

        `wanted` must be all of them: whom neither it nor `spare` names is removed, with its disks.  `spare` are those
        of which something is wanted that could not be understood.  Raises Unreachable.
        """
        with self._lock:
            busy = set(self._busy)  # before they are seen, lest a way that has just been gone is gone again
        seen = self._hypervisor.guests()
        ways = plan(wanted, seen, spare=spare, overdue=self._overdue(wanted, seen))
        self._forget_troubles_but(ways)
        ready = {each: way for each, way in ways.items() if each not in busy and self._may_begin(each, way)}
        queued = self._without_slot(ready, seen)
        begun = [self._begin(each, _before_boot(way) if each in queued else way) for each, way in ready.items()]
        if any(begun):
            seen = self._hypervisor.guests()
        known = seen.keys() | wanted.keys()
        return {each: self._told(each, wanted.get(each), seen.get(each), queued) for each in known}

    def _forget_troubles_but(self, ways: Container[str]) -> None:
        with self._lock:
            self._troubles = {each: trouble for each, trouble in self._troubles.items() if each in ways}

    def _may_begin(self, guest_id: str, way: tuple[Action, ...]) -> bool:
        now = self._clock.monotonic()
        with self._lock:
            press, trouble = self._presses.get(guest_id), self._troubles.get(guest_id)
        if press and way[0].verb == "press" and now < press.last + PRESS_AGAIN:
            return False
        if trouble and trouble.concerns(way[0].guest):
            return now >= trouble.again_at and not trouble.hopeless
        return True

    def _without_slot(self, ready: Mapping[str, tuple[Action, ...]], seen: Mapping[str, SeenGuest]) -> set[str]:
        """Of those that would boot, the ones that have to wait for others to have booted."""
        with self._lock:
            busy = {each for each, way in self._busy.items() if _boots(way)}
        now = self._clock.now()
        free = self._boots - len(busy | {each for each, guest in seen.items() if _is_booting(guest, now)})
        return set([each for each, way in ready.items() if _boots(way)][max(0, free) :])

    def _begin(self, guest_id: str, way: tuple[Action, ...]) -> bool:
        if way:
            with self._lock:
                self._busy[guest_id] = way
            self._run(lambda: self._carry_out(guest_id, way))
        return bool(way)

    def _carry_out(self, guest_id: str, way: tuple[Action, ...]) -> None:
        try:
            for action in way:
                self._act(action)
        except HypervisorFailed as trouble:
            log.warning("%s: could not %s: %s", guest_id, _in_words(way), trouble)
            self._note(guest_id, way, trouble)
        except Exception:  # one guest's trouble is nobody else's
            log.exception("%s: could not %s", guest_id, _in_words(way))
            self._note(guest_id, way, HypervisorFailed("The host failed on this server."))
        finally:
            with self._lock:
                del self._busy[guest_id]
            self._wake()

    def _act(self, action: Action) -> None:
        match action.verb, action.guest:
            case "define", Guest() as guest:
                self._hypervisor.define(guest)
            case "start", Guest() as guest:
                self._hypervisor.start(guest)
            case "settle", Guest() as guest:
                if isinstance(self._hypervisor, Settles):
                    self._hypervisor.settle(guest)
            case "press", _:
                self._hypervisor.stop(action.guest_id, gently=True)
                self._press(action.guest_id)
            case "stop", _:
                self._hypervisor.stop(action.guest_id, gently=False)
            case "pause", _:
                self._hypervisor.pause(action.guest_id)
            case "suspend", _:
                self._hypervisor.suspend(action.guest_id)
            case "forget", _:
                self._hypervisor.forget(action.guest_id)

    def _press(self, guest_id: str) -> None:
        now = self._clock.monotonic()
        with self._lock:
            before = self._presses.get(guest_id)
            self._presses[guest_id] = Press(before.first if before else now, now)

    def _overdue(self, wanted: Mapping[str, Guest], seen: Mapping[str, SeenGuest]) -> set[str]:
        """Those asked to stop longer ago than their patience; who has stopped, or need not any more, is not asked."""
        now = self._clock.monotonic()
        asked = {each for each, way in plan(wanted, seen).items() if way[-1].verb == "press"}
        with self._lock:
            self._presses = {each: press for each, press in self._presses.items() if each in asked}
            return {each for each, press in self._presses.items() if now >= press.first + wanted[each].patience}

    def _note(self, guest_id: str, way: tuple[Action, ...], trouble: HypervisorFailed) -> None:
        """A hypervisor that does not answer is not this guest's failure, and only worth a pause."""
        with self._lock:
            before = self._troubles.get(guest_id)
            times = before.times if before and before.concerns(way[0].guest) else 0
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**times)
            times += not isinstance(trouble, Unreachable)
            again_at = self._clock.monotonic() + pause
            self._troubles[guest_id] = Trouble(way, times, again_at, trouble.said, isinstance(trouble, Hopeless))

    def _told(self, guest_id: str, wanted: Guest | None, seen: SeenGuest | None, queued: Container[str]) -> SeenGuest:
        """What is seen, with what the hypervisor cannot know: that it is in work, waits for its turn, or failed."""
        shown = seen or SeenGuest(id=guest_id, state="building")
        with self._lock:
            trouble, busy = self._troubles.get(guest_id), self._busy.get(guest_id, ())
        if wanted is None or shown.state in ("running", "paused") or wanted.power == shown.state:
            return shown
        if trouble and trouble.concerns(wanted) and trouble.is_told:
            return replace(shown, state="failed", because=trouble.said)
        if guest_id in queued:
            return replace(shown, state="queued")
        comes = _boots(busy) or (trouble is not None and _boots(trouble.way))
        return replace(shown, state="building") if comes else shown


def _before_boot(way: tuple[Action, ...]) -> tuple[Action, ...]:
    """What may be done of a way while there is no slot: disks are made, and images fetched, beforehand."""
    return tuple(action for action in way if action.verb == "define")


def _in_words(way: tuple[Action, ...]) -> str:
    return " and ".join(action.verb for action in way)


def _boots(way: tuple[Action, ...]) -> bool:
    return any(action.verb == "start" for action in way)


def _is_booting(guest: SeenGuest, now: datetime) -> bool:
    if guest.state != "running" or guest.read_metadata or not guest.started_at:
        return False
    return (now - datetime.fromisoformat(guest.started_at)).total_seconds() < BOOTING
