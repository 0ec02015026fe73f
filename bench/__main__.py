"""``python -m bench``: measure, show the tables, and write the page and its plot."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from .measure import FULL, QUICK, BenchmarkError, measure, paints_of
from .plot import draw
from .report import markdown, paint_table, show, tables

DOCS = Path(__file__).parents[1] / "docs"


@click.command()
@click.option(
    "--quick", is_flag=True, help="One round, without Chromium: to see that it runs; its numbers mean nothing."
)
@click.option("--painting", is_flag=True, help="Only how soon a page is painted: shown, and not written.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=DOCS, help="Where to write.")
def main(quick: bool, painting: bool, out: Path) -> None:
    """Measure flowplug beside Segment's own runtime, and write benchmarks.md and benchmarks.svg."""
    console = Console()
    try:
        if painting:
            show([paint_table(paints_of(FULL))], console)
            return
        with console.status("Starting") as status:
            results = measure(QUICK if quick else FULL, status.update)
    except BenchmarkError as error:
        raise click.ClickException(str(error)) from None
    show(tables(results), console)
    out.mkdir(parents=True, exist_ok=True)
    (out / "benchmarks.md").write_text(markdown(results), encoding="utf-8")
    (out / "benchmarks.svg").write_text(draw(results.growth), encoding="utf-8")


if __name__ == "__main__":
    main()
