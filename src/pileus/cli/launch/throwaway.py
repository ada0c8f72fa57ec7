"""A throw-away cloud: fake hosts, in the foreground, without root, gone when it is asked to end."""

from __future__ import annotations

import http.client
import sys
import threading

from pileus.cli.client import Client, Refused
from pileus.cli.launch.clouds_file import write_clouds
from pileus.cli.launch.supervise import Child, Supervisor, command_of
from pileus.cli.state import State
from pileus.cli.words import Trouble, tell

LOOK = 0.05
"""Seconds between two looks whether the cloud is ready."""


def run(state: State, hosts: int) -> int:
    """Run a cloud whose settings are kept already, until SIGTERM or SIGINT; returns an exit code."""
    with state.held("supervisor"):
        children = [Child("serve", command_of("serve", "--state", str(state.root), "--tied"))]
        if hosts:
            as_hosts = ("host", "--state", str(state.root), "--fake", str(hosts), "--tied")
            children.append(Child("host", command_of(*as_hosts)))
        supervisor = Supervisor(state, children)
        threading.Thread(target=_announce, args=(state, hosts), daemon=True).start()
        return supervisor.run()


def _announce(state: State, hosts: int) -> None:
    """Tell when the API answers and every host is up; clients' files are there by then."""
    look = threading.Event()
    while not is_ready(state, hosts):
        look.wait(LOOK)
    try:
        write_clouds(state, state.root, with_passwords=True)
    except Trouble as trouble:
        tell(trouble)
    print(f"ready {state.url}", flush=True)
    files = f"OS_CLIENT_CONFIG_FILE={state.root / 'clouds.yaml'} OS_CLIENT_SECURE_FILE={state.root / 'secure.yaml'}"
    print(f"export {files} OS_CLOUD=pileus", file=sys.stderr, flush=True)


def is_ready(state: State, hosts: int) -> bool:
    """Whether the cloud takes servers on so many hosts."""
    client = Client(state)
    try:
        if not (state.url and client.answers()):
            return False
        found = client.login("admin", state.secret("admin"), "admin").read("compute", "/os-hypervisors")["hypervisors"]
    except (OSError, http.client.HTTPException, Refused) as error:
        if isinstance(error, Refused) and error.status < 500:
            print(f"warning: whether hosts are up is not known: {error}", file=sys.stderr, flush=True)
            return True
        return False
    return len([each for each in found if each["state"] == "up"]) >= hosts
