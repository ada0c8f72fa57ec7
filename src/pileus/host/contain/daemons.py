"""libvirtd and virtlogd of a contained host, kept running without systemd, dbus or polkit.

Guests do not depend on them: a libvirtd that was killed finds its guests again when it is started anew.
"""

from __future__ import annotations

import fcntl
import subprocess
import uuid
from pathlib import Path

SOCKET = Path("/run/libvirt/libvirt-sock")

QEMU = """
user = "libvirt-qemu"
group = "libvirt-qemu"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = [ "cpu", "cpuset", "cpuacct" ]
stdio_handler = "logd"
vnc_listen = "127.0.0.1"
"""
"""QEMU runs as an ordinary user, to whom the driver gives the files of its guest: dynamic ownership would give it the
base images as well, which belong to nobody alone.  The namespaces and the control groups around the host are ours, so
libvirt makes none but the guests' CPU groups.  virtlogd bounds what a guest may write to its console."""

LIBVIRTD = """
unix_sock_dir = "/run/libvirt"
auth_unix_rw = "none"
auth_unix_ro = "none"
unix_sock_rw_perms = "0700"
unix_sock_ro_perms = "0700"
listen_tls = 0
log_level = 3
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
host_uuid = "{identity}"
"""
"""Who may open the sockets is root alone: libvirtd's own choice, 0777, is made for a polkit that asks who that is."""


class DaemonsFailed(Exception):
    """virtlogd or libvirtd did not start; the text is what it said."""


def configure() -> None:
    """Writes the two files libvirtd reads; the host's identity, once drawn, is kept."""
    place, identity = Path("/etc/libvirt"), Path("/etc/libvirt/host-id")
    if not identity.exists():
        identity.write_text(str(uuid.uuid4()))
    (place / "qemu.conf").write_text(QEMU)
    (place / "libvirtd.conf").write_text(LIBVIRTD.format(identity=identity.read_text()))


def ensure() -> bool:
    """Starts what does not run, in the caller's namespaces; True if libvirtd was started.  Raises DaemonsFailed."""
    _start("virtlogd")
    return _start("libvirtd")


def _start(name: str) -> bool:
    record = Path(f"/run/{name}.pid")
    if _runs(record):
        return False
    configure()
    command = [name, "--daemon", "--pid-file", str(record)]
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True)
    except subprocess.CalledProcessError as trouble:
        raise DaemonsFailed(f"{name} did not start: {trouble.stderr.strip() or 'it said nothing'}") from trouble
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise DaemonsFailed(f"{name} did not start: {trouble}") from trouble
    return True


def _runs(record: Path) -> bool:
    """Whether a daemon holds its pid file: it locks it as long as it lives, so a stale number deceives nobody."""
    try:
        with record.open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
