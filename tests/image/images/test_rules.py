"""Images as the policy looks at them."""

from __future__ import annotations

from pileus.image.images.rules import as_target


def test_the_policy_takes_a_shared_image_for_a_private_one_unless_the_caller_is_a_member() -> None:
    row = {"owner": "blue", "visibility": "shared"}
    assert as_target(row)["visibility"] == "private"
    assert as_target(row, "red")["member_id"] == "red"
    assert as_target({**row, "visibility": "public"})["visibility"] == "public"
