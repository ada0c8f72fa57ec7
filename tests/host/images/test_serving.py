"""The process that serves promised images: there once, whoever started it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from pileus.host.images import serving
from pileus.host.images.serving import Serving, ServingFailed


def test_it_is_started_where_it_lacks_and_left_where_it_runs(tmp_path: Path) -> None:
    first, second = (Serving(tmp_path / "images", tmp_path / "lazy") for _ in range(2))
    assert not first.runs()
    assert first.ensure()
    assert second.runs()
    assert not second.ensure()
    os.kill(int(first.record.read_text()), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while second.runs():
        assert time.monotonic() < deadline
    assert second.ensure()
    os.kill(int(first.record.read_text()), signal.SIGKILL)


def test_one_that_does_not_begin_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MODULE", "pileus.nothing")
    with pytest.raises(ServingFailed, match="does not begin"):
        Serving(tmp_path / "images", tmp_path / "lazy").ensure()
    assert "No module named" in (tmp_path / "lazy" / "nbd.log").read_text()
