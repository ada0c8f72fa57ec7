"""A stream that goes by is told by its marks; hostile ones are refused, and nothing ever crashes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pileus.image.inspection import HEAD, TAIL, Danger, Finding, Inspector, inspect
from tests.image.inspection.contents import TRUE, qcow2, streamed, vhd

MIB = 1 << 20


def seen(content: bytes, batch: int = MIB) -> Finding:
    inspector = Inspector()
    for at in range(0, len(content), batch):
        inspector.feed(content[at : at + batch])
    assert inspector.size == len(content)
    return inspector.finding()


@pytest.mark.parametrize("name", TRUE)
def test_a_format_is_told_however_the_stream_is_divided(name: str) -> None:
    for batch in (MIB, 100_000, 8192):
        assert seen(TRUE[name], batch).format == name


@pytest.mark.parametrize("name", ["qcow2", "vmdk", "vhd", "vdi", "vhdx"])
def test_the_size_of_the_disk_is_told(name: str) -> None:
    assert seen(TRUE[name]).virtual_size == MIB


def test_a_fixed_vhd_is_told_by_its_end() -> None:
    assert seen(b"a disk" * 1000 + vhd(kind=2)) == Finding("vhd", MIB)
    assert seen(streamed()).format == "vmdk"


@pytest.mark.parametrize(
    "content",
    [
        b"QED\0",
        b"COWD",
        b"version=1\nCID=1\n",
        b'# Disk DescriptorFile\n\n  \nversion=3\nRW 9 FLAT "/etc/shadow" 0\n',
        b"x" + vhd(kind=4),
    ],
)
def test_what_only_leads_elsewhere_is_a_danger(content: bytes) -> None:
    with pytest.raises(Danger):
        seen(content)


def test_an_encrypted_or_described_disk_is_a_raw_one() -> None:
    for content in (b"LUKS\xba\xbe\0\x09", b"# a comment\nand text", b"", b"#", b"\n" * HEAD):
        assert seen(content) == Finding("raw")


def test_only_the_ends_of_a_stream_are_kept() -> None:
    inspector = Inspector()
    for _ in range(64):
        inspector.feed(bytes(MIB))
    kept = sum(len(value) for value in vars(inspector).values() if not isinstance(value, int))
    assert kept <= HEAD + TAIL


@given(st.binary(max_size=2000), st.binary(max_size=TAIL))
def test_no_bytes_at_all_make_it_stumble(head: bytes, tail: bytes) -> None:
    told(head, tail)


@given(
    st.sampled_from([*TRUE.values(), streamed()]),
    st.lists(st.tuples(st.integers(0, 600), st.binary(min_size=1, max_size=16)), max_size=8),
    st.integers(0, 3 * MIB),
)
def test_no_change_to_a_true_header_makes_it_stumble(
    content: bytes, changes: list[tuple[int, bytes]], cut: int
) -> None:
    found = bytearray(content)
    for at, patch in changes:
        found[at : at + len(patch)] = patch
    told(bytes(found[:cut]), bytes(found[-TAIL:]))
    told(bytes(found), bytes(found[-TAIL:]))


@given(st.integers(0, 2 * MIB // 16 + 5000), st.binary(min_size=8, max_size=64))
def test_no_change_to_the_tables_of_a_vhdx_makes_it_stumble(place: int, patch: bytes) -> None:
    found = bytearray(TRUE["vhdx"])
    for table in (192 * 1024, 2 * MIB):
        at = table + place % 4096
        found[at : at + len(patch)] = patch
    told(bytes(found), b"")


def told(head: bytes, tail: bytes) -> None:
    """An answer or a refusal, and a disk that is no larger than a disk may be."""
    try:
        found = inspect(head, tail)
    except Danger:
        return
    assert 0 <= (found.virtual_size or 0) <= 1 << 50


def test_a_header_alone_is_enough() -> None:
    assert inspect(qcow2(7), b"") == Finding("qcow2", 7)
