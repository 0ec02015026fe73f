"""``python -m demo_site``: run the demo site on this machine."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from . import create_app, make_server
from .app import PROJECT_FILE
from .arguments import checked_key, checked_port, checked_sdk_url


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    callback=checked_port,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--sdk-url", callback=checked_sdk_url, help="Address of a 1Flow SDK to load in place of the stand-in."
)
@click.option("--key", callback=checked_key, help="1Flow project API key, in place of the project file's.")
@click.option(
    "--project",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=PROJECT_FILE,
    help="flowplug project to build the plugin from, in place of the demo's own.",
)
def main(host: str, port: int, sdk_url: str | None, key: str | None, project: Path) -> None:
    """Run the demo shop, and watch its calls travel to 1Flow."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server(create_app(sdk_url=sdk_url, key=key, project_file=project), host, port)
    click.echo(f"The demo shop is open at http://{host}:{server.server_port}/ (Ctrl+C closes it)")
    server.serve_forever()


if __name__ == "__main__":
    main()
