"""qcow2, vdi and vhd: what stands alone is taken, all else refused."""

from __future__ import annotations

import pytest

from pileus.image.inspection.disks import qcow2, vdi, vhd, vhd_at_end
from pileus.image.inspection.finding import MOST_VIRTUAL, Danger, Finding
from tests.image.inspection import contents


@pytest.mark.parametrize("version", [2, 3])
def test_a_qcow2_tells_its_size(version: int) -> None:
    assert qcow2(contents.qcow2(5 << 30, version=version), b"") == Finding("qcow2", 5 << 30)


def test_a_qcow2_of_version_2_may_have_a_short_header() -> None:
    assert qcow2(contents.qcow2(version=2, length=72), b"").format == "qcow2"


@pytest.mark.parametrize(
    "content",
    [
        contents.qcow2(backing=104),
        contents.qcow2(version=2, backing=104),
        contents.qcow2(features=0b100),
        contents.qcow2(features=1 << 5),
        contents.qcow2(version=1),
        contents.qcow2(version=4),
        contents.qcow2(bits=8),
        contents.qcow2(bits=22),
        contents.qcow2(MOST_VIRTUAL + 1),
        contents.qcow2(length=71),
        contents.qcow2(length=100),
    ],
)
def test_a_hostile_qcow2_is_refused(content: bytes) -> None:
    with pytest.raises(Danger):
        qcow2(content, b"")


@pytest.mark.parametrize("features", [0b1, 0b10, 0b1000, 0b10000])
def test_harmless_features_of_a_qcow2_are_taken(features: int) -> None:
    assert qcow2(contents.qcow2(features=features), b"").format == "qcow2"


def test_a_vdi_or_vhd_that_needs_another_is_refused() -> None:
    for kind in (0, 3, 4):
        with pytest.raises(Danger):
            vdi(contents.vdi(kind=kind), b"")
    for kind in (0, 1, 4):
        with pytest.raises(Danger):
            vhd(contents.vhd(kind=kind), b"")
    assert (vdi(contents.vdi(9), b""), vhd(contents.vhd(9), b"")) == (Finding("vdi", 9), Finding("vhd", 9))


def test_cut_headers_are_refused() -> None:
    for read, content in ((vdi, contents.vdi()), (vhd, contents.vhd())):
        with pytest.raises(Danger):
            read(content[:511], b"")


def test_a_footer_is_found_only_where_it_belongs() -> None:
    assert vhd_at_end(b"") is None
    assert vhd_at_end(contents.vhd(kind=2) + b"\0") is None
    assert vhd_at_end(contents.vhd(kind=2)) == Finding("vhd", contents.MIB)
