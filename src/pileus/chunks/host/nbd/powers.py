"""What the server gives up, for good, once it has what only root could give it."""

from __future__ import annotations

import ctypes
import os

PR_SET_NO_NEW_PRIVS, CLONE_NEWNET = 38, 0x40000000
"""<linux/prctl.h> and <linux/sched.h>; Python has no names for them yet."""

_libc = ctypes.CDLL(None, use_errno=True)


def give_up(user: int) -> None:
    """Be that user from now on, in the group of the same number alone, and in a network with nobody in it.

    Unix sockets are files, and still there. To be called while there is one thread.
    """
    _check(_libc.unshare(CLONE_NEWNET))
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
