"""Imports: an image gets its bytes from where they wait, from the web, or from one of its own stores for others.

The request is checked and answered at once; the rest is a workflow, whose long steps have threads of their own.
"""

from pileus.image.imports import asking, placing, stage, starting
from pileus.image.imports.convert import Scratch
from pileus.image.imports.elsewhere import Lent
from pileus.image.imports.jobs import Jobs
from pileus.image.imports.workflows import (
    AddLocation,
    BringLocation,
    CopyImage,
    ImportFromRegion,
    ImportFromWeb,
    ImportStaged,
)

__all__ = [
    "AddLocation",
    "BringLocation",
    "CopyImage",
    "ImportFromRegion",
    "ImportFromWeb",
    "ImportStaged",
    "Jobs",
    "Lent",
    "Scratch",
    "asking",
    "placing",
    "stage",
    "starting",
]
