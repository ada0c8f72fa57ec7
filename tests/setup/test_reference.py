"""The reference is made from the sources, names nothing that is not there, and is written only where it changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import reference

from tests.house.source import REPOSITORY


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    return reference.reference()


def test_every_request_of_every_service_has_a_line(pages: dict[str, bytes]) -> None:
    for service in reference.PEOPLES:
        told = pages[f"{service.name}.md"].decode()
        assert all(f"`{one.method} {one.path or '/'}`" in told for one in service.operations)
    assert "| `PUT /flavors/{flavor_id}` | 2.55 on | 200 | os_compute_api" in pages["compute.md"].decode()


def test_there_is_an_openapi_document_for_each_version(pages: dict[str, bytes]) -> None:
    told = {name: json.loads(body)["info"]["version"] for name, body in pages.items() if name.endswith(".json")}
    assert told["compute-2.1.json"] == "2.1"
    assert told["placement-1.0.json"] == "1.0"
    assert {"identity.json", "image.json", "network.json"} <= told.keys()


def test_a_setting_is_told_with_its_default_and_its_meaning(pages: dict[str, bytes]) -> None:
    told = pages["settings.md"].decode()
    assert "| `api.port` | `8770` |" in told
    assert "| `store.keep_work_days` | `90` | How long work that has ended, and its steps" in told


def test_the_pages_of_this_repository_name_only_files_that_are_there() -> None:
    assert reference.lost(sorted((REPOSITORY / "docs").rglob("*.md"))) == []


def test_a_page_that_names_a_lost_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("See `compute/keypairs.py`, `compute/gone.py` and `docs/page.md`.")
    assert reference.lost([tmp_path / "page.md"]) == ["page.md: compute/gone.py", "page.md: docs/page.md"]


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    assert reference.write(tmp_path, {"a": b"1", "b": b"2"}) == 2
    before = (tmp_path / "a").stat().st_mtime_ns
    assert reference.write(tmp_path, {"a": b"1", "c": b"3"}) == 2
    assert (tmp_path / "a").stat().st_mtime_ns == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c"]
