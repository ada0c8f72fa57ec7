"""What a process of the cloud does to itself: give up root's powers, or tie its life to its parent's."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

from pileus.cli.words import Trouble

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS = 1, 8, 38
"""<linux/prctl.h>; Python has no names for them."""

M_MMAP_THRESHOLD, LARGE = -3, 4 << 20
"""mallopt(3): what is at least so large is given back to the system as soon as it is freed."""

READ_ALL = 1 << 2
"""CAP_DAC_READ_SEARCH of <linux/capability.h>."""

CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Let the kernel ask this process to end when its parent has ended."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0))


def give_memory_back() -> None:
    """Keep nothing of what was large and is free.

    By itself the C library takes the first large piece that is freed (the 19 MiB of a password's hash) as a sign that
    pieces of that size are worth keeping, and then keeps some: 40 MiB in all.
    """
    _libc.mallopt(M_MMAP_THRESHOLD, LARGE)


@contextlib.contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """Become the user to whom a folder belongs, for good; who is not root stays who he is.

    Within the block files may still be read as root may: the program itself can lie where that user gets nowhere,
    such as a checkout in root's home, and is not all imported yet.  Only this thread has that right, so no other may
    be begun within.
    """
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    _check(_libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(owner.st_gid, owner.st_gid, owner.st_gid)
    os.setresuid(owner.st_uid, owner.st_uid, owner.st_uid)
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _keep_capabilities(READ_ALL)
    try:
        yield
    finally:
        _keep_capabilities(0)


def in_a_child(work: Callable[[], None]) -> None:
    """Do something in a process of its own, whose memory is given back: a migration leaves 30 MB behind.

    Raises Trouble when it fails; why is told where errors go.
    """
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        except Exception:
            logging.getLogger("pileus").exception("the database could not be brought up to date")
        finally:
            os._exit(code)
    if os.waitpid(child, 0)[1]:
        raise Trouble("the database could not be brought up to date", fix="pileus logs says why")


def _keep_capabilities(kept: int) -> None:
    """capset(2): effective, permitted and inheritable ones, of which the second half has the numbers from 32 on."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)))


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
