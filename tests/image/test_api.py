"""How the Image API words its versions and errors."""

from __future__ import annotations

from tests.asking import Asker
from tests.image.gallery import NOWHERE, Gallery


def test_versions_are_told_to_everybody(gallery: Gallery) -> None:
    root = Asker(gallery.front, "/image")
    heard = root("GET /")
    assert (heard.code, root("GET /versions").body) == (300, heard.body)
    assert heard.body["versions"][0]["status"] == "CURRENT"
    assert {one["links"][0]["href"] for one in heard.body["versions"]} == {"http://cloud/image/v2/"}


def test_an_error_is_a_page_in_which_nothing_of_the_callers_is_markup(gallery: Gallery) -> None:
    heard = gallery.alice(f"GET /images/{NOWHERE}")
    said = f"<h1>404 Not Found</h1>\n  No image found with ID {NOWHERE}<br /><br />"
    assert (heard.code, heard.headers["content-type"]) == (404, "text/html; charset=UTF-8")
    assert said.encode() in heard.content
    heard = gallery.alice("GET /images", sort_key="<script>")
    assert (heard.code, b"<script>" in heard.content, b"&lt;script&gt;" in heard.content) == (400, False, True)
