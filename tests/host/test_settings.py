"""Settings of hosts that could not work are refused when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pileus.settings import BadSettings, read_settings

WORKS = {
    "uplink": "eth0",
    "neighbours_url": "https://one.example.org:8775",
    "neighbours_cert": "/etc/pileus/cert.pem",
    "neighbours_key": "/etc/pileus/key.pem",
}


def written(file: Path, **changes: str) -> Path:
    file.write_text("[host]\n" + "".join(f'{name} = "{value}"\n' for name, value in {**WORKS, **changes}.items()))
    return file


def test_a_door_for_other_machines_may_be_opened(tmp_path: Path) -> None:
    host = read_settings(written(tmp_path / "pileus.toml")).host
    assert host.neighbours_url == WORKS["neighbours_url"]
    assert not host.is_contained


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"neighbours_url": "http://one.example.org:8775"}, "https://"),
        ({"neighbours_cert": ""}, "neighbours_cert"),
        ({"neighbours_key": ""}, "neighbours_key"),
        ({"neighbours_listen": "8775"}, "address:port"),
        ({"uplink": ""}, "host.uplink"),
    ],
)
def test_one_that_nobody_could_come_to_is_refused(tmp_path: Path, changes: dict[str, str], because: str) -> None:
    with pytest.raises(BadSettings, match=because):
        read_settings(written(tmp_path / "pileus.toml", **changes))
