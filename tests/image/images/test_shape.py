"""Names that additional properties may not have."""

from __future__ import annotations

from pileus.image.images.shape import READ_ONLY, Image, is_reserved


def test_names_of_the_service_are_reserved() -> None:
    assert all(is_reserved(name) for name in (*READ_ONLY, "deleted", "os_glance_import_task"))
    assert not any(is_reserved(name) for name in ("os_version", "hw_disk_bus", "name"))


def test_what_is_shown_and_never_given_is_read_only() -> None:
    shown_only = {field.name for field in Image.declared.fields if all(one.side == "shown" for one in field.clauses)}
    assert shown_only <= READ_ONLY
