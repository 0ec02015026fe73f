"""``flowplug build``."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from .. import bundle as bundles
from ..bundle import Asset
from ..errors import ProjectError, UsageError, printable
from ..formats import FORMATS
from ..reading import load
from .command import Command
from .options import LocalPath, env_option, example, json_option, project_argument, strict_option
from .public_path import assumed_path, checked_path
from .results import Result, as_errors


class _File(msgspec.Struct, frozen=True):
    """A file that was written, with its size in bytes.

    The compressed sizes are of a file that browsers get by itself. ``policy`` is what a Content-Security-Policy's
    ``script-src`` needs to allow the script inside a fragment.
    """

    path: str
    raw: int
    gzip: int | None
    brotli: int | None
    integrity: str
    policy: str | None


class _Built(Result, frozen=True, kw_only=True):
    """What a build did.

    ``digest`` is the project's, as in the banners. ``removed`` are files of an earlier build. ``fragments`` are
    what to paste into a page, by file name.
    """

    folder: str
    formats: tuple[str, ...]
    digest: str
    files: tuple[_File, ...]
    removed: tuple[str, ...]
    public_path: str
    fragments: dict[str, str]

    def text(self) -> list[str]:
        policy = {Path(file.path).name: file.policy for file in self.files}
        values = {"folder": self.folder, "public_path": self.public_path, "policy": policy}
        steps = [line for name in self.formats for line in ("", *FORMATS[name].install.split("\n"))]
        return [
            *_table(self.files),
            f"Build {self.digest}, as the banners of the files and stats() say.",
            *(printable(f"Removed {path}, which an earlier build wrote.") for path in self.removed),
            *(printable(line.format(**values)) for line in steps),
        ]


@click.command("build", cls=Command, epilog=example("flowplug build flowplug.toml --out public/js"))
@project_argument
@env_option
@click.option(
    "--format",
    "formats",
    metavar="NAME",
    multiple=True,
    help=f"A format to build: {', '.join(FORMATS)}; repeat it for more.  [default: build.formats of the project]",
)
@click.option(
    "--out",
    "-o",
    type=LocalPath(),
    default=Path("dist"),
    show_default=True,
    help="The folder to write to.",
)
@click.option(
    "--public-path",
    metavar="PATH",
    callback=checked_path,
    help="Where your site serves that folder: a path or an https address.  "
    "[default: from --out, such as / for dist and /js/ for public/js]",
)
@click.option(
    "--debug", is_flag=True, help="Also write a file of each format that logs each step, such as 1flow.debug.js."
)
@strict_option
@json_option()
def command(  # noqa: PLR0913 - click hands over each option by its name
    *,
    project: str,
    env: str | None,
    formats: tuple[str, ...],
    out: Path,
    public_path: str | None,
    debug: bool,
    strict: bool,
) -> _Built:
    """Compile a project and write the plugin.

    The folder gets the files of each format, and loses those that an earlier build wrote and this one does not.
    The report has the sizes and says what to do with the files. If the project has errors, the files of the last
    build stay as they are.
    """
    if out.is_file():
        raise UsageError(f"--out needs a folder; {out} is a file")
    public_path = public_path or assumed_path(out)
    bundle = bundles.build(load(project, env=env), formats=formats or None, public_path=public_path, debug=debug)
    if strict and bundle.warnings:
        raise ProjectError(as_errors(bundle.warnings))
    paths, removed = bundles.write(bundle, out)
    fragments = [file for name in bundle.formats for file in FORMATS[name].fragments]
    return _Built(
        problems=bundle.warnings,
        formats=bundle.formats,
        digest=bundle.digest,
        folder=f"{out}/",
        removed=tuple(map(str, removed)),
        files=tuple(_file(asset, path) for asset, path in zip(bundle.assets, paths, strict=True)),
        public_path=public_path,
        fragments={file: bundle[file].content.decode("ascii") for file in fragments},
    )


def _file(asset: Asset, path: Path) -> _File:
    # Others are to be read, or travel inside a page, which is compressed as a whole; to compress them too would
    # take longer than to compile the project.
    served = any(asset.name == form.minified for form in FORMATS.values())
    return _File(
        path=str(path),
        raw=asset.raw_size,
        gzip=asset.gzip_size if served else None,
        brotli=asset.brotli_size if served else None,
        integrity=asset.integrity,
        policy=asset.policy,
    )


def _table(files: tuple[_File, ...]) -> list[str]:
    sizes = [("bytes", "gzip", "brotli"), *((_size(f.raw), _size(f.gzip), _size(f.brotli)) for f in files)]
    names = ["file", *(printable(file.path) for file in files)]
    width = max(map(len, names))
    return [
        f"{name:{width}}" + "".join(f"{size:>8}" for size in row).rstrip()
        for name, row in zip(names, sizes, strict=True)
    ]


def _size(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
