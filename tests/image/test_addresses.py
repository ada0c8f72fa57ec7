"""Nothing is fetched from addresses that only this side of a firewall can reach, however they are written."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from pileus.image.addresses import check, is_public, place_of, resolved
from pileus.image.settings import ImageSettings
from pileus.kernel.errors import Invalid

STRICT = ImageSettings()


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    ],
)
def test_private_addresses_are_refused_in_every_guise(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))
    with pytest.raises(Invalid):
        check(ipaddress.ip_address(text), 80, STRICT)


@pytest.mark.parametrize("text", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"])
def test_public_addresses_are_not(text: str) -> None:
    assert is_public(ipaddress.ip_address(text)) or text.startswith("::ffff")


def test_ports_are_the_usual_ones_and_what_is_listed_is_free() -> None:
    check(ipaddress.ip_address("9.9.9.9"), 443, STRICT)
    with pytest.raises(Invalid):
        check(ipaddress.ip_address("9.9.9.9"), 22, STRICT)
    listed = ImageSettings(web_download_allow=("127.0.0.1", "10.1.0.0/16"))
    check(ipaddress.ip_address("10.1.9.9"), 8080, listed)
    with pytest.raises(Invalid):
        check(ipaddress.ip_address("10.2.0.1"), 80, listed)


@pytest.mark.parametrize(
    "uri",
    [
        *("file:///etc/passwd", "ftp://example.org/x", "gopher://example.org", "http://", "http:///x", "//host/x", ""),
        *("http://user@example.org/x", "http://user:secret@example.org/", "http://example.org:99999/", "http://[::1"),
        *(
            "http://example.org/a b",
            "http://example.org/\r\nHost: x",
            "http://exa\tmple.org/",
            "http://ex\u00e4mple.org/",
        ),
        *("http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data", "http://9.9.9.9:22/"),
        "http://example.org/" + "x" * 3000,
    ],
)
def test_what_is_no_public_url_is_refused_before_anything_is_looked_up(uri: str) -> None:
    with pytest.raises(Invalid, match="does not pass filtering"):
        place_of(uri, STRICT)


def test_a_url_is_taken_apart() -> None:
    place = place_of("https://Example.org/a/b?c=d#e", STRICT)
    assert (place.scheme, place.host, place.port, place.path) == ("https", "example.org", 443, "/a/b?c=d")
    assert place.header == "example.org"
    assert place_of("http://example.org:8080", STRICT).header == "example.org:8080"


def test_a_name_with_one_private_address_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", ("9.9.9.9", 80)), (2, 1, 6, "", ("127.0.0.1", 80))]

    def look_up(*args: Any, **more: Any) -> Any:
        return found

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(Invalid):
        resolved(place_of("http://rebinding.example/", STRICT), STRICT)
    found.pop()
    assert resolved(place_of("http://rebinding.example/", STRICT), STRICT) == ["9.9.9.9"]


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(Invalid, match="no address"):
        resolved(place_of("http://nowhere.invalid/", STRICT), STRICT)
