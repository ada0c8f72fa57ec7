"""A cloud put together: rules that cannot be used are refused at start, and its loops do what they are for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pileus import app
from pileus.chunks import ChunkStores, Freed, LocalStoreSettings, Unreachable
from pileus.chunks.fake import FakeChunkStore
from pileus.image import ImageSettings
from pileus.settings import ApiSettings, BadSettings, Settings
from tests.chunks.contents import put
from tests.toy import Toy

RULE = "os_compute_api:extensions"
BAD = {
    "[]": "Expected `object",
    "compute: 7": "Expected `object",
    f"compute: {{'{RULE}': true}}": "Expected `str`",
    f"compute: {{'{RULE}': null}}": "Expected `str`",
    "compute: {5: '@'}": "Expected `str`",
    "nosuch: {}": "no service 'nosuch'",
    "compute: {nosuch: '@'}": "unknown policy rules: nosuch",
    f"compute: {{'{RULE}': 'role:admin and'}}": "cannot be read",
    f"compute: {{'{RULE}': 'rolle:admin'}}": "cannot be read",
    f"compute: {{'{RULE}': 'field:it:name=~['}}": "cannot be read",
    f"compute: {{'{RULE}': 'rule:nosuch'}}": "refers to nosuch",
    f"compute: {{'{RULE}': 'rule:{RULE}'}}": "refers to itself",
    "compute: {": "flow",
}


@pytest.mark.parametrize("text", BAD)
def test_policy_rules_that_cannot_be_used_are_refused_at_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=r"policy\.yaml") as met:
        app.build(Settings(api=ApiSettings(policy_file=str(file))), tmp_path, "ticket", durable=False)
    assert BAD[text] in str(met.value)


def test_a_file_of_policy_rules_that_is_not_there_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="No such file"):
        app.build(Settings(api=ApiSettings(policy_file=f"{tmp_path}/none.yaml")), tmp_path, "ticket", durable=False)


def test_a_rule_of_a_file_replaces_the_published_one(toy: Toy, tmp_path: Path) -> None:
    alice = toy.member("alice")
    assert alice.compute("GET /extensions").code == 200
    (tmp_path / "policy.yaml").write_text(f"image:\ncompute: {{'{RULE}': 'role:admin'}}")
    toy.cloud.front.policies = app._policies(f"{tmp_path}/policy.yaml")
    assert alice.compute("GET /extensions").code == 403
    assert toy.admin.compute("GET /extensions").code == 200


class Stubborn(FakeChunkStore):
    """A store that cannot collect at present."""

    def gc(self, live: Callable[[], Iterable[str]]) -> Freed:
        raise Unreachable("not now")


def test_every_store_is_collected_by_itself_and_what_was_being_converted_is_given_up(tmp_path: Path) -> None:
    named = {name: LocalStoreSettings() for name in ("one", "two")}
    cloud = app.build(Settings(image=ImageSettings(stores={**named})), tmp_path, "ticket", durable=False)
    cloud.store.sketch()
    cloud.store.part(ChunkStores).close()
    one, two = Stubborn(), FakeChunkStore()
    cloud.store.add(ChunkStores({"one": one, "two": two}))
    for store in (one, two):
        put(store, b"nobody's" * 1000)
    left = tmp_path / "imports" / "convert-left"
    left.mkdir(parents=True)
    cloud.start()
    try:
        deadline = time.monotonic() + 20
        while two.kept:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert one.kept
        assert not left.exists()
    finally:
        cloud.stop()
