"""Tasks are looked up by administrators, and forgotten when their time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pileus.image import tasks
from pileus.image.tasks import KEPT
from tests.image.gallery import NOWHERE, Gallery


def some(gallery: Gallery) -> list[str]:
    """Images of which each has been imported once, and those tasks' identifiers."""
    found = []
    for claimed in ("raw", "raw", "qcow2"):
        made = gallery.make(disk_format=claimed)
        gallery.stage(made, b"bytes")
        gallery.bring(made, "glance-direct")
        gallery.work()
        gallery.store.clock.forward(1)  # type: ignore[attr-defined]
        found.append(gallery.alice(f"GET /images/{made}/tasks").body["tasks"][0]["id"])
    return found


def test_tasks_are_listed_in_pages_by_status_and_type(either: Gallery) -> None:
    first, second, third = some(either)

    def ids(**query: Any) -> list[str]:
        return [one["id"] for one in either.admin("GET /tasks", **query).body["tasks"]]

    assert ids() == [third, second, first]
    assert ids(status="failure") == [third]
    assert ids(type="import") == []
    assert ids(limit=1, marker=third, sort_dir="desc") == [second]
    assert "input" not in either.admin("GET /tasks").body["tasks"][0]
    every: tuple[dict[str, Any], ...] = ({"status": "odd"}, {"sort_key": "input"}, {"marker": NOWHERE}, {"limit": "x"})
    for wrong in every:
        assert either.admin("GET /tasks", **wrong).code == 400


def test_a_task_is_shown_whole_to_administrators_only(gallery: Gallery) -> None:
    task_id = some(gallery)[0]
    shown = gallery.admin(f"GET /tasks/{task_id}").body
    assert (shown["type"], shown["owner"], shown["user_id"]) == ("api_image_import", "blue", "alice")
    assert shown["self"] == f"/v2/tasks/{task_id}"
    assert gallery.alice(f"GET /tasks/{task_id}").code == 403
    assert gallery.alice("GET /tasks").code == 403
    assert gallery.admin(f"GET /tasks/{NOWHERE}").code == 404
    assert gallery.admin(f"DELETE /tasks/{task_id}").code == 405


def test_tasks_of_others_images_are_not_there(gallery: Gallery) -> None:
    made = gallery.make(visibility="private")
    assert gallery.bob(f"GET /images/{made}/tasks").code == 404


def test_an_ended_task_is_forgotten_in_time(gallery: Gallery) -> None:
    some(gallery)
    assert gallery.store.write(tasks.forget_expired) == 0
    gallery.store.clock.forward((KEPT + timedelta(minutes=1)).total_seconds())  # type: ignore[attr-defined]
    assert gallery.store.write(tasks.forget_expired) == 3
