"""`pileus up` as it serves others: on a real interface, through an uplink, over HTTPS; the machine is a namespace.

The outside is another namespace behind a pair of links, so that no packet leaves for anywhere else.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.namespaces import Namespace, links
from tests.hosts.upped import SecondHost, UpCloud

pytestmark = [pytest.mark.hosts, pytest.mark.slow, pytest.mark.timeout(300)]

MACHINE, OUTSIDE = "198.51.100.2", "198.51.100.1"
SITE = "203.0.113"
IPV4 = b"\x08\x00"
URL, NEIGHBOUR = f"https://{MACHINE}:8770", f"https://{MACHINE}:8775"
LEAST_BROUGHT = 15 << 20
"""Bytes: most of the tiny image's kernel and ramdisk."""

SELF_SIGNED = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Site:
    """A machine for a cloud, and the outside, which are joined by the interface `card` of the machine."""

    def __init__(self) -> None:
        self.machine, self.outside = Namespace(), Namespace()
        self.machine.run(f"ip link add card type veth peer name far netns {self.outside.name} && ip link set card up")
        self.outside.run("ip link set far up")
        self.cloud = UpCloud(self.machine)

    def end(self) -> None:
        try:
            self.cloud.end()
            assert set(links(self.machine)) == {"lo", "card"}
            assert self.machine.run("nft list tables") == ""
        finally:
            self.machine.end()
            self.outside.end()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    try:
        yield made
    finally:
        made.end()


def test_guests_live_on_a_network_of_the_site(site: Site) -> None:
    site.outside.run(f"ip addr add {SITE}.1/24 dev far")
    words = ["--cidr", f"{SITE}.0/24", "--gateway", f"{SITE}.1", "--pool", f"{SITE}.100-{SITE}.150"]
    site.cloud.does("up", "--network", "card", *words)
    address = site.cloud.client("server", "show", "hello", "-f", "value", "-c", "addresses").split("'")[3]
    assert address.startswith(f"{SITE}.1")
    key = site.cloud.state / "ssh" / "id_ed25519"
    careless = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
    assert site.outside.run(f"ssh -i {key} {careless} root@{address} hostname").strip() == "hello"
    assert f"default via {SITE}.1" in site.cloud.does("ssh", "hello", "ip", "route")


def certified(folder: Path) -> tuple[str, str]:
    """A certificate that signs itself, and its key, which only root may read."""
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    named = ["-subj", "/CN=cloud", "-addext", f"subjectAltName=IP:{MACHINE}", "-days", "2"]
    subprocess.run([*SELF_SIGNED, *named, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    Path(key).chmod(0o600)
    return certificate, key


def brought_by_a_neighbour(site: Site, certificate: str) -> int:
    """Bytes that a host on the other machine has from this one over HTTPS for a server of the tiny image."""
    count = "table inet counted { chain heard { type filter hook input priority 0; tcp sport 8775 counter; }; }"
    site.outside.run(f"nft '{count}'")
    config = site.cloud.home / "second.toml"
    config.write_text('[host]\nuplink = "far"\n')
    site.cloud.environment["SSL_CERT_FILE"] = certificate
    second = SecondHost(site.cloud, config, site.outside)
    try:
        client = ["--os-cacert", certificate, "--os-cloud", "pileus-admin", "--os-compute-api-version", "2.74"]
        asked = ["--image", "tiny", "--flavor", "m1.tiny", "--nic", "none", "--availability-zone", "nova:second"]
        site.cloud.client(*client, "server", "create", "--wait", *asked, "far")
        site.cloud.client(*client, "server", "delete", "--wait", "far")
    finally:
        second.end()
    (gone,) = site.cloud.api.read("compute", "/os-services?host=second")["services"]
    site.cloud.api.delete("compute", f"/os-services/{gone['id']}")
    return int(site.outside.run("nft list table inet counted").partition("bytes ")[2].split()[0])


def test_others_use_the_cloud_over_https_and_its_guests_reach_the_outside(site: Site) -> None:
    site.machine.run(f"ip addr add {MACHINE}/24 dev card && ip route add default via {OUTSIDE}")
    site.outside.run(f"ip addr add {OUTSIDE}/24 dev far")
    certificate, key = certified(site.cloud.home)
    over_tls = ["--listen", MACHINE, "--public-url", URL, "--tls-cert", certificate, "--tls-key", key]
    config = site.cloud.home / "pileus.toml"
    config.write_text(
        f'[host]\nneighbours_url = "{NEIGHBOUR}"\nneighbours_cert = "{certificate}"\nneighbours_key = "{key}"\n'
    )
    site.cloud.does("up", "--uplink", "card", *over_tls, "--config", str(config))
    with site.outside.hearing("far") as heard:
        assert " 0% packet loss" in site.cloud.does("ssh", "hello", "ping", "-c", "1", OUTSIDE)
        sources = {socket.inet_ntoa(frame[26:30]) for frame in heard.all() if frame[12:14] == IPV4}
    assert sources == {MACHINE, OUTSIDE}
    trusting = ["--os-cacert", certificate]
    assert "hello ACTIVE" in site.cloud.client(*trusting, "server", "list", "-f", "value", on=site.outside)
    assert URL in site.cloud.client("catalog", "list", on=site.outside)
    assert URL in site.cloud.does("status")
    assert brought_by_a_neighbour(site, certificate) > LEAST_BROUGHT

    refused = site.cloud.tried("up", "--uplink", "")
    assert "host.neighbours_url needs host.uplink" in refused.stdout + refused.stderr
    config.write_text("")
    site.cloud.does("up", "--uplink", "", *over_tls, "--config", str(config))
    assert set(links(site.machine)) == {"lo", "card"}, "contained again, the host leaves nothing where it was"
    before = site.cloud.uptime()
    site.cloud.kill("host")
    site.cloud.until_sound()
    assert site.cloud.uptime() > before
