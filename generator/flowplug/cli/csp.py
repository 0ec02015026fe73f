"""``flowplug csp``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from .. import bundle as bundles
from ..errors import printable
from ..policies import Policy, is_known, policies
from ..reading import load
from .command import Command
from .options import env_option, example, json_option, project_argument
from .public_path import checked_path
from .results import Result


class _Policies(Result, frozen=True, kw_only=True):
    """``policies`` are those of the ways to install the plugin, of which a page takes one for each format.

    ``sdk_requests_known`` says whether they have what the SDK itself asks for, too.
    """

    env: str | None
    sdk_address: str
    sdk_requests_known: bool
    policies: tuple[Policy, ...]

    def text(self) -> Iterator[str]:
        for policy in self.policies:
            yield f"{policy.format}, with {policy.file}:"
            lines = [f"  {name} {' '.join(sources)}" for name, sources in policy.directives.items()]
            yield from (f"{line};" for line in lines[:-1])
            yield lines[-1]
            yield ""
        if not self.sdk_requests_known:
            yield printable(
                f"connect-src, style-src, img-src and font-src: what the SDK from {self.sdk_address} asks for is "
                "not publicly known; your network tab shows it."
            )
        if any(policy.trusted_types for policy in self.policies):
            yield "If the page requires Trusted Types: trusted-types flowplug"
        else:
            yield "If the page requires Trusted Types, the SDK is not loaded, since plugin.security is off."


@click.command("csp", cls=Command, epilog=example("flowplug csp --public-path https://cdn.example.com/js/"))
@project_argument
@env_option
@click.option("--nonce", is_flag=True, help="For a page whose scripts have a nonce: replace NONCE by it.")
@click.option(
    "--public-path",
    metavar="PATH",
    default="/",
    callback=checked_path,
    help="Where your site serves the files: a path or an https address, as with build.  [default: /]",
)
@json_option()
def command(project: str, env: str | None, nonce: bool, public_path: str) -> _Policies:
    """Print the Content-Security-Policy that the project needs.

    Add these sources to the directives that your page has. The hashes are those of the fragments that the same
    version of flowplug builds with the same --public-path.
    """
    loaded = load(project, env=env)
    bundle = bundles.build(loaded, public_path=public_path)
    return _Policies(
        problems=bundle.warnings,
        env=env,
        sdk_address=loaded.sdk_address,
        sdk_requests_known=is_known(loaded),
        policies=policies(loaded, bundle, public_path, nonce=nonce),
    )
