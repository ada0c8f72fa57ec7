"""Doors that open when somebody first goes through.

A service's package says in `door.py` what it offers. A host's agent works with the services' halves for hosts, such as
`compute/host/`, and reads their settings, without ever opening a door: so no control plane is in its memory.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from typing import Any


def late(room: str) -> Callable[[str], Any]:
    """The `__getattr__` of a room's package (PEP 562): the first name that is asked for opens the door for all.

    The room's own modules are there without it, for they need each other before it can be opened.
    """

    def opened(name: str) -> Any:
        if name.startswith("__"):  # Python looks for these by itself
            raise AttributeError(name)
        if importlib.util.find_spec(f"{room}.{name}"):
            return importlib.import_module(f"{room}.{name}")
        door = vars(importlib.import_module(f"{room}.door"))
        if name not in door:
            raise AttributeError(f"{room} offers no {name}")
        vars(sys.modules[room]).update({each: door[each] for each in door["__all__"] if each in door})
        return door[name]

    return opened
