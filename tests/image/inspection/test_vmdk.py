"""A vmdk is taken only where all of it is in the one file."""

from __future__ import annotations

import pytest

from pileus.image.inspection.finding import Danger, Finding
from pileus.image.inspection.vmdk import is_descriptor, sparse
from tests.image.inspection.contents import DESCRIPTION, MIB, streamed, vmdk


@pytest.mark.parametrize("kind", [b"monolithicSparse", b"streamOptimized"])
def test_a_vmdk_that_holds_its_data_is_taken(kind: bytes) -> None:
    assert sparse(vmdk(DESCRIPTION % kind), b"") == Finding("vmdk", MIB)


@pytest.mark.parametrize("kind", [b"monolithicFlat", b"twoGbMaxExtentSparse", b"vmfs", b"custom", b""])
def test_a_vmdk_whose_data_is_elsewhere_is_refused(kind: bytes) -> None:
    with pytest.raises(Danger):
        sparse(vmdk(DESCRIPTION % kind), b"")


@pytest.mark.parametrize(
    "more",
    [
        b'RW 2048 FLAT "other.vmdk"\n',
        b'parentFileNameHint="/etc/shadow"\n',
        b'ParentFileNameHint="base.vmdk"\n',
        b'createType="monolithicFlat"\n',
    ],
)
def test_a_description_that_names_another_file_is_refused(more: bytes) -> None:
    with pytest.raises(Danger):
        sparse(vmdk(DESCRIPTION % b"monolithicSparse" + more), b"")


@pytest.mark.parametrize("name", [b"/etc/shadow", b"../x", b"a\\b"])
def test_an_extent_is_never_a_path(name: bytes) -> None:
    text = DESCRIPTION.replace(b"disk.vmdk", name) % b"monolithicSparse"
    with pytest.raises(Danger):
        sparse(vmdk(text), b"")


@pytest.mark.parametrize(
    "content",
    [
        vmdk(capacity=0),
        vmdk(capacity=1 << 60),
        vmdk(capacity=(1 << 64) - 1),
        vmdk(start=0),
        vmdk(length=0),
        vmdk(length=21),
        vmdk(start=1 << 50),
        vmdk()[:400],
        vmdk(b""),
    ],
)
def test_an_unsound_header_is_refused(content: bytes) -> None:
    with pytest.raises(Danger):
        sparse(content, b"")


def test_a_footer_must_say_what_the_header_says() -> None:
    assert sparse(streamed(), streamed()[-1536:]).format == "vmdk"
    for content in (streamed(start=5), streamed(footer=False)):
        with pytest.raises(Danger):
            sparse(content, content[-1536:])


def test_a_description_by_itself_is_recognised_as_qemu_does() -> None:
    assert is_descriptor(b"# x\n\n \nversion=2\n")
    assert not is_descriptor(b"# x\nCID=1\nversion=2\n")
    assert not is_descriptor(b"")
