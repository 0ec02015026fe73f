"""The ``flowplug`` command."""

from __future__ import annotations

import errno
import json
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from . import bundle as bundles
from . import files, importer, reading, writing
from . import project as projects
from .bundle import Bundle
from .errors import FlowplugError, OutsideError, Problem, ProjectError, UsageError, printable
from .importer import Import
from .project import Project, Settings
from .render import render_text

DEFAULT_PROJECT = "flowplug.toml"
SCHEMA_FILE = "flowplug.schema.json"

_F = TypeVar("_F", bound=Callable[..., Any])


class _Group(click.Group):
    """Turns flowplug's errors into lines (or JSON) and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FlowplugError as error:
            if ctx.meta.get("json"):
                _print_json({"ok": False, "problems": _plain(error.problems)})
            else:
                click.echo(str(error), err=True)
            ctx.exit(error.exit_status)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            click.echo(f"{error.filename or 'standard output'}: cannot be written: {error.strerror}", err=True)
            ctx.exit(OutsideError.exit_status)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(128 + signal.SIGINT)


def _json_option(command: _F) -> _F:
    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        ctx.meta["json"] = value

    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=remember,
        is_eager=True,
        help="Print data, not text.",
    )(command)


def _project_argument(command: _F) -> _F:
    return click.argument("project", default=DEFAULT_PROJECT, metavar="[PROJECT]")(command)


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_example("flowplug init --key oneflow_prod_…", "flowplug build"),
)
@click.version_option(package_name="flowplug")
def main() -> None:
    """Compile one project file into the 1Flow plugin for Analytics.js.

    PROJECT is flowplug.toml unless you name another .toml, .json or .yaml file, or - for JSON on standard
    input.

    Exit status: 0 done, 1 the project has errors, 2 the command was used wrongly, 3 the disk or the network
    refused.
    """


@main.command(epilog=_example("flowplug build flowplug.toml --out public/js"))
@_project_argument
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path("dist"), show_default=True)
@click.option("--debug", is_flag=True, help="Write 1flow.debug.js too, which tells each of its steps.")
@_json_option
@click.pass_context
def build(ctx: click.Context, project: str, out: Path, debug: bool) -> None:
    """Write the plugin: 1flow.html to paste into your page, 1flow.min.js to serve, 1flow.js to read."""
    bundle = bundles.build(reading.load(project), debug=debug)
    paths, removed = bundles.write(bundle, out)
    if ctx.meta["json"]:
        _print_json({**_build_report(bundle, paths), "removed": [str(path) for path in removed]})
    else:
        _echo_problems(bundle.warnings)
        _print_build_report(bundle, paths)
        for path in removed:
            click.echo(f"\n{path} removed: it is from an earlier build, and this build does not make it.")


@main.command(epilog=_example("flowplug check flowplug.toml"))
@_project_argument
@_json_option
@click.pass_context
def check(ctx: click.Context, project: str) -> None:
    """Report all errors and warnings of a project; write nothing."""
    loaded = reading.load(project)
    warnings = bundles.build(loaded).warnings
    if ctx.meta["json"]:
        _print_json({"ok": True, "problems": _plain(warnings)})
    else:
        _echo_problems(warnings)
        click.echo(f"{_file_name(project)}: no errors; {_subscription_count(loaded)}")


@main.command(epilog=_example("flowplug init --key oneflow_prod_…"))
@click.argument("path", type=click.Path(path_type=Path), default=Path(DEFAULT_PROJECT), metavar="[PATH]")
@click.option("--key", help="The 1Flow project API key. [default: the variable ONEFLOW_PROJECT_API_KEY, at build]")
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
def init(path: Path, key: str | None, force: bool) -> None:
    """Write a commented flowplug.toml, and its schema for editors."""
    if path.suffix != ".toml":
        raise UsageError(f"{path}: init writes TOML; name a .toml file")
    if key is not None and (found := list(Settings.problems({"project_api_key": key}))):
        raise ProjectError(Problem(message, code, ("--key",)) for _, code, message in found)
    schema_path = _write_project(
        path, render_text("flowplug.toml.jinja", key=key, schema=SCHEMA_FILE), force=force
    )
    click.echo(f'{path} and {schema_path} written; "flowplug build" compiles the plugin.')


@main.command("import", epilog=_example("flowplug import settings.json --out flowplug.toml"))
@click.argument("file", metavar="FILE")
@click.option(
    "--out",
    "-o",
    "path",
    type=click.Path(path_type=Path),
    default=Path(DEFAULT_PROJECT),
    show_default=True,
    help="The project file: .toml, .json or .yaml.",
)
@click.option("--force", is_flag=True, help="Overwrite the file if it is there.")
@_json_option
@click.pass_context
def import_(ctx: click.Context, file: str, path: Path, force: bool) -> None:
    """Write a project file with the subscriptions that you have at Segment.

    FILE is JSON, or - for standard input: the settings of your source, from
    https://cdn.segment.com/v1/projects/<write key>/settings; the list of the destination's subscriptions from
    Segment's Public API; or a list of subscriptions.

    What cannot be taken is named, each with its place and the reason, and the rest is written. Exit status: 0
    nothing of 1Flow's was left out, 1 something was, 2 and 3 as everywhere.
    """
    found = importer.read(file)
    text = writing.format_project(found.project, path, SCHEMA_FILE)
    schema_path = _write_project(path, text, force=force)
    if ctx.meta["json"]:
        _print_json(_import_report(found, path))
    else:
        _echo_problems(found.problems)
        _print_import_report(found, path, schema_path)
    ctx.exit(0 if found.complete else 1)


def _write_project(path: Path, text: str, *, force: bool) -> Path:
    """Write a project file and the schema beside it; return the path of the schema."""
    schema_path = path.with_name(SCHEMA_FILE)
    for target in (path, schema_path):
        if not force and target.exists() and not (target == schema_path and _is_our_schema(target)):
            raise UsageError(f"{target}: is there already; --force overwrites it")
    files.write_all(path.parent, {path.name: text.encode(), SCHEMA_FILE: _schema_text().encode()})
    return schema_path


def _is_our_schema(path: Path) -> bool:
    """Whether a file is a schema that an earlier flowplug wrote, which may be written anew."""
    return path.is_file() and json.dumps(projects.SCHEMA_TITLE).encode() in path.read_bytes()


@main.command(epilog=_example("flowplug schema > flowplug.schema.json"))
def schema() -> None:
    """Print the JSON Schema of the project file."""
    click.echo(_schema_text(), nl=False)


def _schema_text() -> str:
    return json.dumps(projects.schema(), indent=2, ensure_ascii=False) + "\n"


def _subscription_count(project: Project) -> str:
    names = [printable(item.name) for item in project.subscriptions if item.enabled]
    plural = "" if len(names) == 1 else "s"
    return f"{len(names)} subscription{plural} enabled: {', '.join(names)}" if names else "no subscription enabled"


def _file_name(project: str) -> str:
    return "<stdin>" if project == "-" else project


def _echo_problems(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)


def _build_report(bundle: Bundle, paths: tuple[Path, ...]) -> Mapping[str, Any]:
    return {
        "ok": True,
        "problems": _plain(bundle.warnings),
        "files": [
            {
                "path": str(path),
                "raw": asset.raw_size,
                "gzip": asset.gzip_size,
                "brotli": asset.brotli_size,
                "integrity": asset.integrity,
            }
            for asset, path in zip(bundle.assets, paths, strict=True)
        ],
        "html": bundle[bundles.FRAGMENT].content.decode("ascii"),
        "script": bundle.script_element,
    }


def _print_build_report(bundle: Bundle, paths: tuple[Path, ...]) -> None:
    from rich.console import Console  # noqa: PLC0415 - imported late: it takes longer than a build
    from rich.table import Table  # noqa: PLC0415

    table = Table("file", box=None, pad_edge=False)
    for column in ("bytes", "gzip", "brotli"):
        table.add_column(column, justify="right")
    for asset, path in zip(bundle.assets, paths, strict=True):
        table.add_row(str(path), f"{asset.raw_size:,}", f"{asset.gzip_size:,}", f"{asset.brotli_size:,}")
    Console(file=sys.stdout, highlight=False, markup=False).print(table)
    fragment = next(path for path in paths if path.name == bundles.FRAGMENT)
    click.echo(f"\nPaste the contents of {fragment} into the page, before the Segment snippet.")
    click.echo(
        f"\nOr serve {bundles.MINIFIED}, and load it before the Segment snippet, or the first calls are lost:\n"
        f"  {bundle.script_element}"
    )


def _import_report(found: Import, path: Path) -> Mapping[str, Any]:
    return {
        "ok": found.complete,
        "problems": _plain(found.problems),
        "path": str(path),
        "subscriptions": [item["name"] for item in found.project["subscriptions"]],
        "unused": found.unused,
    }


def _print_import_report(found: Import, path: Path, schema_path: Path) -> None:
    names = [printable(item["name"]) for item in found.project["subscriptions"]]
    plural = "" if len(names) == 1 else "s"
    click.echo(f"{path} and {schema_path} written; {len(names)} subscription{plural} taken: {', '.join(names)}")
    if found.unused:
        click.echo(
            f"Left out everywhere, as it means nothing outside Segment: {printable(', '.join(found.unused))}"
        )
    if not isinstance(found.project["settings"]["projectApiKey"], str):
        click.echo(f"Set {importer.KEY_VARIABLE} when you build, or put the key in its place.")


def _plain(problems: tuple[Problem, ...]) -> Any:
    return [{**msgspec.to_builtins(problem), "where": problem.where} for problem in problems]


def _print_json(data: Mapping[str, Any]) -> None:
    # ASCII, since a user's text may hold what no encoding has, half a surrogate pair for one.
    click.echo(json.dumps(data, indent=2))
