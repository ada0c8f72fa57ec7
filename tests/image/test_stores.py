"""Where bytes are kept, as far as callers may know, and how an image leaves a store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pileus.chunks import LocalStoreSettings, S3StoreSettings
from pileus.image.settings import ImageSettings
from pileus.kernel.store import Store
from tests.image.gallery import NOWHERE, Gallery


@pytest.fixture
def stores(sqlite_store: Store) -> Iterator[Gallery]:
    """A gallery with three stores, one of them closed."""
    made = Gallery(sqlite_store, attics=("attic", "vault"))
    named = {
        "chunks": LocalStoreSettings(weight=5),
        "attic": S3StoreSettings(bucket="b", endpoint="http://s3", secrets="/etc/keys", description="cheap"),
        "vault": LocalStoreSettings(read_only=True),
    }
    made.settle(stores=named)
    yield made
    made.close()


def test_there_is_one_store(gallery: Gallery) -> None:
    assert gallery.rita("GET /info/stores").body == {"stores": [{"id": "chunks", "default": "true"}]}


def test_what_the_store_is_is_told_to_administrators(gallery: Gallery) -> None:
    assert gallery.alice("GET /info/stores/detail").code == 403
    told = gallery.admin("GET /info/stores/detail").body["stores"][0]
    assert (told["id"], told["type"], told["weight"]) == ("chunks", "local", 0)


def test_stores_are_told_with_what_one_must_know_and_no_secret(stores: Gallery) -> None:
    told = stores.alice("GET /info/stores").body["stores"]
    assert told == [
        {"id": "chunks", "default": "true"},
        {"id": "attic", "description": "cheap"},
        {"id": "vault", "read-only": "true"},
    ]
    detail = stores.admin("GET /info/stores/detail")
    assert detail.body["stores"][1]["properties"] == {"s3_store_host": "http://s3", "s3_store_bucket": "b"}
    assert b"keys" not in detail.content


def test_an_upload_goes_where_its_sender_says(stores: Gallery) -> None:
    made = stores.make()
    assert stores.upload(stores.alice, made, b"x", x_image_meta_store="vault").code == 400
    assert stores.upload(stores.alice, made, b"x", x_image_meta_store="attic").code == 204
    assert stores.show(made)["stores"] == "attic"
    assert stores.alice(f"GET /images/{made}/file").content == b"x"


def test_an_image_leaves_a_store_but_not_its_last(stores: Gallery) -> None:
    made = stores.make(content=b"x")
    stores.bring(made, "copy-image", stores.admin, all_stores=True)
    stores.work()
    assert stores.show(made)["stores"] == "chunks,attic"
    assert stores.alice(f"DELETE /stores/chunks/{made}").code == 403
    assert stores.admin(f"DELETE /stores/moon/{made}").code == 404
    assert stores.admin(f"DELETE /stores/vault/{made}").code == 404
    assert stores.admin(f"DELETE /stores/chunks/{NOWHERE}").code == 404
    assert stores.admin(f"DELETE /stores/chunks/{made}").code == 204
    assert stores.show(made)["stores"] == "attic"
    assert stores.admin(f"DELETE /stores/attic/{made}").code == 403
    assert stores.alice(f"GET /images/{made}/file").content == b"x"


def test_an_image_without_bytes_is_in_no_store(gallery: Gallery) -> None:
    made = gallery.make()
    assert gallery.admin(f"DELETE /stores/chunks/{made}").code == 404
    assert "stores" not in gallery.show(made)


@pytest.mark.parametrize(
    "settings",
    [
        {"stores": {"a": LocalStoreSettings(read_only=True)}},
        {"stores": {}},
        {"default_store": "moon"},
        {"web_download_allow": ("localhost",)},
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ImageSettings(**settings)
