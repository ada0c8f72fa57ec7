"""What processes write down, and that a log which cannot be written breaks nothing."""

from __future__ import annotations

import os
import subprocess
import sys

from pileus.cli.log_lines import Lossy

SPEAK = """
import logging, pathlib, structlog
from pileus.cli import log_lines
log_lines.write_structured(log_lines.write_to(pathlib.Path("/dev/full")))
structlog.get_logger().info("said")
logging.getLogger("other").warning("said too")
"""


def test_a_full_disk_costs_lines_and_nothing_else() -> None:
    assert subprocess.run([sys.executable, "-c", SPEAK], timeout=60, check=False).returncode == 0


def test_a_line_is_written_whole_where_there_is_room() -> None:
    reader, writer = os.pipe()
    Lossy(writer).write(b"a line\n")
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        assert stream.read() == b"a line\n"
