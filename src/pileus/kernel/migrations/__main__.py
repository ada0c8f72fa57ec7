"""Draft the next step of the schema: `python -m pileus.kernel.migrations MODULE TITLE`.

MODULE is imported for the tables that its imports declare (the composition root, which imports every service).
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile

from pileus.kernel.databases import database
from pileus.kernel.migrations import upgrade
from pileus.kernel.migrations.drafting import draft


def main(module: str, title: str) -> None:
    """Draft a step and print where it lies."""
    importlib.import_module(module)
    with tempfile.TemporaryDirectory() as place, database(f"sqlite:///{place}/draft").schema() as connection:
        upgrade(connection)
        made = draft(connection, title)
    subprocess.run([sys.executable, "-m", "ruff", "format", str(made)], check=True)
    sys.stdout.write(f"{made}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
