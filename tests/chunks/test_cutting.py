"""Cutting: the same bytes give the same pieces, whatever came before them and however they arrive."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pileus.chunks.cutting import BLOCK, HOLE, LEAST, MOST, Cutter, Piece
from tests.chunks.contents import KIB, MIB, noise, parts

runs = st.lists(
    st.tuples(st.booleans(), st.one_of(st.integers(0, 40).map(lambda blocks: blocks * BLOCK), st.integers(0, 90_000))),
    max_size=8,
)


def content_of(runs: list[tuple[bool, int]]) -> bytes:
    return b"".join(bytes(size) if is_zero else noise(size, size) for is_zero, size in runs)


def cut(content: bytes, batch: int = MIB) -> list[Piece]:
    cutter = Cutter()
    return [piece for part in parts(content, batch) for piece in cutter.feed(part)] + cutter.finish()


def joined(pieces: list[Piece]) -> bytes:
    return b"".join(bytes(length) if data is None else bytes(data) for length, data in pieces)


@settings(max_examples=60, deadline=None)
@given(runs, st.integers(1_000, 300_000))
def test_pieces_make_up_the_stream_however_it_is_fed(runs: list[tuple[bool, int]], batch: int) -> None:
    content = content_of(runs)
    pieces = cut(content)
    assert joined(pieces) == content
    assert cut(content, batch) == pieces


@settings(max_examples=60, deadline=None)
@given(runs)
def test_pieces_keep_within_their_bounds(runs: list[tuple[bool, int]]) -> None:
    pieces = cut(content_of(runs))
    for number, piece in enumerate(pieces):
        following = pieces[number + 1] if number + 1 < len(pieces) else None
        assert piece.length > 0
        if piece.data is None:
            assert piece.length >= HOLE or following is None
            assert following is None or following.data is not None
        else:
            assert piece.length <= MOST
            assert piece.length >= LEAST or following is None or following.data is None


def test_noise_is_cut_into_pieces_of_76_kib_on_average() -> None:
    pieces = cut(noise(16 * MIB))
    assert 68 * KIB < 16 * MIB / len(pieces) < 84 * KIB


def test_the_numbers_of_the_format_are_what_they_were() -> None:
    lengths = [piece.length // BLOCK for piece in cut(noise(MIB) + bytes(MIB) + noise(100_001))]
    assert lengths == [10, 12, 10, 18, 14, 23, 16, 17, 11, 14, 12, 26, 12, 31, 22, 8, 256, 10, 12, 2]


def test_after_an_insertion_the_pieces_are_soon_the_same_again() -> None:
    content = noise(8 * MIB)
    before = {bytes(piece.data or b"") for piece in cut(content)}
    after = cut(noise(5 * BLOCK, 2) + content)
    assert sum(piece.length for piece in after if bytes(piece.data or b"") in before) > 7.5 * MIB


def test_any_length_of_zeros_is_one_piece_without_data() -> None:
    for size in (1, BLOCK, HOLE - 1, HOLE, HOLE + 1, 9 * MIB + 17):
        assert cut(bytes(size)) == [Piece(size, None)]


def test_nothing_gives_no_piece() -> None:
    assert cut(b"") == []


def test_memory_does_not_grow_with_the_stream() -> None:
    cutter = Cutter()
    for seed in range(4):
        cutter.feed(noise(MIB, seed))
        assert len(cutter._rest) <= MOST
    cutter.feed(bytes(64 * MIB))
    assert len(cutter._rest) < BLOCK
