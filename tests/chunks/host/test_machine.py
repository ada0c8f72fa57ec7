"""A cache through any history of fetching, promising, letting go, dying and losing its source."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pileus.chunks.errors import Absent, StoreFull
from pileus.chunks.host.cache import ImageCache
from pileus.chunks.host.layout import Layout
from pileus.host.line import LinkFailed
from tests.chunks.contents import KIB, noise
from tests.host.images.origin import Origin

LIMIT = 700 * KIB
CONTENTS = [
    noise(300 * KIB),
    noise(300 * KIB) + noise(90 * KIB, 2),
    bytes(200 * KIB) + noise(350 * KIB, 3),
    noise(100 * KIB, 4) * 3,
    noise(900 * KIB, 5),
]
IMAGES = st.integers(0, len(CONTENTS) - 1)
HOLDERS = st.sampled_from(["a", "b"])


class CacheMachine(RuleBasedStateMachine):
    """What is promised is kept: contents are right, pins hold, bytes stay within bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.origin = Origin()
        self.names = [self.origin.put(content) for content in CONTENTS]
        self.layouts = [Layout(self.origin.store.entries(name)) for name in self.names]
        self.pins: set[tuple[int, str]] = set()
        self.open()

    def open(self) -> None:
        self.cache = ImageCache(self.folder / "cache", LIMIT)

    @rule(image=IMAGES, holder=HOLDERS)
    def fetch(self, image: int, holder: str) -> None:
        try:
            path = self.cache.fetch(self.names[image], self.origin, holder)
            assert path.read_bytes() == CONTENTS[image]
            self.pins.add((image, holder))
        except (StoreFull, LinkFailed):
            self.pins.discard((image, holder))

    @rule(image=IMAGES, holder=HOLDERS)
    def promise(self, image: int, holder: str) -> None:
        try:
            path, _ = self.cache.promise(self.names[image], self.origin, holder)
            assert path.stat().st_size == len(CONTENTS[image])
            self.pins.add((image, holder))
        except (StoreFull, LinkFailed):
            self.pins.discard((image, holder))

    @rule(image=IMAGES, first=st.floats(0, 1), ahead=st.booleans())
    def bring(self, image: int, first: float, ahead: bool) -> None:
        layout = self.layouts[image]
        offset = int(first * (layout.size - 1))
        numbers = layout.within(offset, min(50 * KIB, layout.size - offset))
        with suppress(Absent, LinkFailed):
            self.cache.bring(self.names[image], numbers, self.origin, ahead=ahead)
            at, end = layout.start(numbers[0]), layout.start(numbers[-1]) + layout.length(numbers[-1])
            assert self.cache.promised(self.names[image]).path.read_bytes()[at:end] == CONTENTS[image][at:end]

    @rule(image=IMAGES, holder=HOLDERS)
    def unpin(self, image: int, holder: str) -> None:
        self.cache.unpin(self.names[image], holder)
        self.pins.discard((image, holder))

    @rule(image=IMAGES)
    def forget(self, image: int) -> None:
        is_held = any(held == image for held, _ in self.pins)
        assert self.cache.forget(self.names[image]) == (not is_held)

    @rule()
    def restart(self) -> None:
        self.cache.close()
        self.open()

    @precondition(lambda self: self.origin.is_there.is_set())
    @rule()
    def lose_the_source(self) -> None:
        self.origin.is_there.clear()

    @precondition(lambda self: not self.origin.is_there.is_set())
    @rule()
    def find_the_source(self) -> None:
        self.origin.is_there.set()

    @invariant()
    def pins_are_as_they_were_made(self) -> None:
        held = {(self.names.index(name), holder) for name, holders in self.cache.pins().items() for holder in holders}
        assert held == self.pins

    @invariant()
    def held_images_are_there(self) -> None:
        for image, _ in self.pins:
            assert self.cache.promised(self.names[image]).path.stat().st_size == len(CONTENTS[image])

    @invariant()
    def whole_images_are_right(self) -> None:
        for name in self.cache.images():
            assert self.cache.promised(name).path.read_bytes() == CONTENTS[self.names.index(name)]

    @invariant()
    def bytes_stay_within_bounds(self) -> None:
        assert self.cache.used() <= LIMIT
        on_disk = sum(path.stat().st_blocks * 512 for path in (self.folder / "cache").glob("*.[iu]*"))
        assert on_disk <= LIMIT + len(CONTENTS) * 64 * KIB

    def teardown(self) -> None:
        self.cache.close()
        shutil.rmtree(self.folder)


TestCache = CacheMachine.TestCase
TestCache.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
