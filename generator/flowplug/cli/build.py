"""``flowplug build``."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from .. import bundle as bundles
from ..bundle import FRAGMENT, MINIFIED, Asset
from ..errors import ProjectError, UsageError, printable
from ..reading import load
from .command import Command
from .options import LocalPath, example, json_option, project_argument, strict_option
from .public_path import assumed_path, checked_path
from .results import Result, as_errors


class _File(msgspec.Struct, frozen=True):
    """A file that was written, with its size in bytes; compressed sizes of those that go to browsers."""

    path: str
    raw: int
    gzip: int | None
    brotli: int | None
    integrity: str

    @property
    def name(self) -> str:
        return Path(self.path).name


class _Built(Result, frozen=True, kw_only=True):
    """What a build did.

    ``removed`` are files of an earlier build; ``html`` is the element to paste, ``script`` the one that loads the
    file from ``public_path`` instead.
    """

    files: tuple[_File, ...]
    removed: tuple[str, ...]
    public_path: str
    html: str
    script: str

    def text(self) -> list[str]:
        fragment = next(file.path for file in self.files if file.name == FRAGMENT)
        return [
            *_table(self.files),
            *(printable(f"Removed {path}, which an earlier build wrote.") for path in self.removed),
            "",
            printable(f"Paste the contents of {fragment} into the page, before the Segment snippet."),
            "",
            f"Or serve {MINIFIED} as {self.public_path}{MINIFIED} (--public-path changes this),",
            "and load it before the Segment snippet, or the first calls are lost:",
            f"  {self.script}",
        ]


@click.command("build", cls=Command, epilog=example("flowplug build flowplug.toml --out public/js"))
@project_argument
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
@click.option("--debug", is_flag=True, help="Also write 1flow.debug.js, which logs each step.")
@strict_option
@json_option()
def command(project: str, out: Path, public_path: str | None, debug: bool, strict: bool) -> _Built:
    """Compile a project and write the plugin.

    The folder gets 1flow.html to paste into your page, 1flow.min.js to serve instead, and 1flow.js to read. The
    report has their sizes and what to paste. If the project has errors, the files of the last build stay as they
    are.
    """
    if out.is_file():
        raise UsageError(f"--out needs a folder; {out} is a file")
    bundle = bundles.build(load(project), debug=debug)
    if strict and bundle.warnings:
        raise ProjectError(as_errors(bundle.warnings))
    paths, removed = bundles.write(bundle, out)
    public_path = public_path or assumed_path(out)
    return _Built(
        problems=bundle.warnings,
        removed=tuple(map(str, removed)),
        files=tuple(_file(asset, path) for asset, path in zip(bundle.assets, paths, strict=True)),
        public_path=public_path,
        html=bundle[FRAGMENT].content.decode("ascii"),
        script=bundle.script_element(public_path),
    )


def _file(asset: Asset, path: Path) -> _File:
    # The others are to be read; to compress them would take longer than to compile the project.
    served = asset.name in {MINIFIED, FRAGMENT}
    return _File(
        path=str(path),
        raw=asset.raw_size,
        gzip=asset.gzip_size if served else None,
        brotli=asset.brotli_size if served else None,
        integrity=asset.integrity,
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
