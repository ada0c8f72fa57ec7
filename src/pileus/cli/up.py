"""`pileus up`: brings up a cloud, or whatever of it is down; or runs a throw-away one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pileus.cli.launch import given
from pileus.cli.launch.steps import Steps
from pileus.cli.options import config_option, state_option
from pileus.cli.state import DEFAULT, State

FILE = click.Path(resolve_path=True)
"""Processes of the cloud work elsewhere, so paths are given to them whole."""


@click.command()
@state_option
@config_option
@click.option("--port", type=click.IntRange(0, 65535), help="The TCP port of the API.  [default: 8770]")
@click.option("--listen", metavar="ADDRESS", help="Where the API listens.  [default: 127.0.0.1]")
@click.option("--public-url", metavar="URL", help="What callers are told the API's address is.")
@click.option("--tls-cert", type=FILE, metavar="FILE", help="The certificate of the API, as PEM.")
@click.option("--tls-key", type=FILE, metavar="FILE", help="Its key, as PEM.")
@click.option("--network", metavar="IFACE", help="Give an interface of this machine away to the guests.")
@click.option("--uplink", metavar="IFACE", help="Let guests reach the outside through an interface, by NAT.")
@click.option("--cidr", help="The range of the guests' network.  [default: 10.93.0.0/16]")
@click.option("--gateway", metavar="ADDRESS", help="Its gateway, where that is a router of the site.")
@click.option("--pool", metavar="FIRST-LAST", help="The addresses in it that guests may have.")
@click.option("--guest", metavar="DIR", help="Where the parts of the tiny guest are.")
@click.option("--fake-hosts", type=click.IntRange(0, 1000), metavar="K", help="A throw-away cloud with K fake hosts.")
@click.option("--no-sample", is_flag=True, help="Boot no sample server.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each step.")
@click.option("--install-unit", is_flag=True, help="Start the cloud with this machine, by systemd.")
def command(state: State, config: Path | None, fake_hosts: int | None, **options: Any) -> None:
    """Bring up a cloud, or whatever of it is down."""
    if fake_hosts is not None:
        from pileus.cli.launch import throwaway

        state.prepare()
        given.keep(state, config, {f"api.{name}": options[name] for name in given.API})
        raise SystemExit(throwaway.run(state, fake_hosts))
    from pileus.cli.launch.bring import bring_up

    steps = Steps(as_json=options["as_json"])
    bring_up(state, options, config, steps)
    steps.end(last_words(state, options), url=state.url, cloud="pileus")


def last_words(state: State, options: dict[str, Any]) -> list[str]:
    """Where the cloud is, and three things to do with it."""
    elsewhere = "" if state.root == DEFAULT else f" --state {state.root}"
    create = "openstack server create --wait --image tiny --flavor m1.tiny --network shared"
    commands = [
        "openstack server list",
        f"{create} --key-name pileus --security-group ssh web",
        f"pileus status{elsewhere}" if options["no_sample"] else f"pileus ssh{elsewhere} hello",
    ]
    return [f"The cloud answers at {state.url}", "", "  export OS_CLOUD=pileus", *(f"  {line}" for line in commands)]
