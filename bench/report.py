"""What a run says: its tables, on the terminal and in ``docs/benchmarks.md``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

import flowplug
from flowplug.errors import quote

from .chromium import SLOWDOWN
from .measure import (
    BY_HAND,
    FLOORS,
    FLOWPLUG,
    LOADER,
    SCRIPT,
    SEGMENT,
    TIMED_FORMATS,
    Results,
    Size,
    Time,
    Visits,
)
from .painting import NO_PLUGIN, STARTS

FASTER = {1: 50, 50: 200}
"""At least so many times less time an event, by number of subscriptions."""

SLOWER_THAN_BY_HAND = 1.25
"""At most so many times what an expert's own code takes."""

SLOWER_THAN_SCRIPT = 1.2
"""At most so many times what an event takes in the script, in another format."""

SLOWER_BY_NAME = 2
"""At most so many times the time of one subscription, for 50 that are told apart by event name."""

BYTES_A_SUBSCRIPTION = 60
COMPILE_MILLISECONDS = 20
PROCESS_RATIOS = {"--version": 1.5, "build": 2.5}
"""At most so many times what importing the library takes, by command."""

WHOLE_BYTES = 1800 + 150
BARE_BYTES = 900
"""At most so many bytes (brotli) of the presets, as they are and with all off that can be.

The 150 are what restraint and control may add: opt-outs at load, who the SDK is, a late start, limits.
"""

FORMAT_BYTES = {"script": WHOLE_BYTES, "module": 1700 + 150}
"""At most so many bytes (brotli) of the presets in a format."""

PLACEHOLDER_BYTES = 500
CONSENT_BYTES = 120
"""At most so many bytes (brotli) more for a project that asks for consent."""

EVALUATION_RATIO = 2
"""At most so many times what a hand-written loader takes to evaluate."""

PAINT_RATIO = 1.03
"""At most so many times the largest paint of a page without the plugin, as the SDK is loaded by default."""

TIMERS = 4
"""At most so many fire in 30 s while the SDK does not come."""

HOSTS = {"script": "Analytics.js", "rudderstack": "RudderStack", "getanalytics": "`analytics`"}
"""What loads the plugin, by format."""

FAULTS = {"refused": "is refused", "silent": "is never answered"}

STEPS = {
    "load": "read and check (`flowplug.load`)",
    "compile": "compile",
    "render": "render",
    "minify": "minify",
    "total": "all of these: `load` and `build`",
    "floor": "floor: jinja2 renders the same template, every value already written",
    "compress": "beside these: gzip and brotli at their highest levels, for the report of sizes",
}


@dataclass(frozen=True)
class Table:
    """A table with what has to be said about it; the first column is text, the others are numbers."""

    title: str
    text: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def tables(results: Results) -> Sequence[Table]:
    """The run as tables, in the order in which they are shown."""
    return [
        _times(results.times),
        _limit([*results.times, *results.growth]),
        _hosts([*results.times, *results.growth]),
        _growth(results.growth),
        _sizes(results),
        _formats(results),
        _bundles(results),
        _switches(results),
        _timers(results),
        *([_visits(results.visits, results.calls)] if results.visits else []),
        *([paint_table(results.paints)] if results.paints else []),
        _compiling(results),
        _command(results),
    ]


def show(tables: Iterable[Table], console: Console) -> None:
    """Print tables."""
    for table in tables:
        shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
        for index, column in enumerate(table.columns):
            shown.add_column(column, justify="right" if index else "left", no_wrap=index > 0)
        for row in table.rows:
            shown.add_row(*map(_coloured, row))
        console.print(f"\n[bold]{table.title}[/]\n{_plain(table.text)}")
        console.print(shown)


def markdown(results: Results) -> str:
    """The page ``docs/benchmarks.md``."""
    environment = "\n".join(f"- {part}" for part in results.environment)
    return "\n".join([_HEAD, *map(_markdown_table, tables(results)), _FOOT.format(environment=environment)])


_HEAD = """# Benchmarks

A plugin that flowplug compiles, beside what Segment's own 1Flow destination runs on: `generatePlugins` of
`@segment/browser-destination-runtime`, with the same subscriptions, events and actions. Every number comes from
one run of this command, which writes this page:

```sh
make bench
```

![Time an event by number of subscriptions, flowplug and Segment](benchmarks.svg)

For the times an event, all sides run in one Node process and take turns, batch by batch. Before the clock
starts, the benchmark compares all SDK calls that they make, and stops if one differs. The SDK is a function that
counts its calls and keeps the last. Segment's side gets the events of a batch at once, and its promises are
awaited together, so that waiting costs little. Times, and how many times one is the other, are medians of all
rounds: times vary with what else the machine does, ratios vary less.
"""

_FOOT = """## Measured with

{environment}
"""


def _times(times: Sequence[Time]) -> Table:
    return Table(
        "Time an event",
        "Of subscriptions that are told apart by a property, one matches. The presets copy all of an event's "
        "properties for the SDK, and that copy is nearly all of their time. The project with 11 directives misses "
        "the target: JSON.stringify, flattening and copying take as long for everyone.",
        ("subscriptions", "flowplug", "Segment", "times less", "target"),
        [
            (
                time.case.title,
                *map(duration, (time.of(SCRIPT), time.of(SEGMENT))),
                f"{time.times(SEGMENT, SCRIPT):,.0f}",
                _faster(time),
            )
            for time in times
        ],
    )


def _faster(time: Time) -> str:
    at_least = FASTER.get(len(time.case.subscriptions))
    return f"≥ {at_least} {_mark(time.times(SEGMENT, SCRIPT) >= at_least)}" if at_least else ""


def _limit(times: Sequence[Time]) -> Table:
    return Table(
        "The limit",
        "Beside what an expert would write by hand for the same calls with the same copies (`bench/handwritten`). "
        "That plugin asks for the SDK once, keeps the calls that are made before it is there, and knows no "
        "middleware and only one generation of the SDK.",
        ("subscriptions", "flowplug", "by hand", "times", "target"),
        [
            (
                time.case.title,
                *map(duration, (time.of(SCRIPT), time.of(BY_HAND))),
                *_at_most_times(time.times(SCRIPT, BY_HAND), SLOWER_THAN_BY_HAND),
            )
            for time in times
            if time.case.by_hand
        ],
    )


def _hosts(times: Sequence[Time]) -> Table:
    return Table(
        "An event in other formats",
        "The same events, as each host hands them to the plugin, beside those of the script. There is no row "
        "where a host has not all that the subscriptions read.",
        ("subscriptions", "format", "an event", "script", "times", "target"),
        [
            (
                time.case.title,
                f"`{name}`",
                *map(duration, (time.of(name), time.of(SCRIPT))),
                *_at_most_times(time.times(name, SCRIPT), SLOWER_THAN_SCRIPT),
            )
            for time in times
            if time.case.by_hand
            for name in TIMED_FORMATS
            if time.has(name)
        ],
    )


def _at_most_times(ratio: float, target: float) -> tuple[str, str]:
    """A ratio and its target, as two cells."""
    return f"{ratio:.2f}", f"≤ {target} {_mark(ratio <= target)}"


def _growth(growth: Sequence[Time]) -> Table:
    first = growth[0]
    rows = []
    for time in growth:
        grown = time.of(SCRIPT) / first.of(SCRIPT)
        target = f"≤ {SLOWER_BY_NAME} × {_mark(grown <= SLOWER_BY_NAME)}" if time is growth[-1] else ""
        rows.append(
            (
                str(len(time.case.subscriptions)),
                duration(time.of(SCRIPT)),
                f"{grown:.1f} ×",
                duration(time.of(SEGMENT)),
                f"{time.of(SEGMENT) / first.of(SEGMENT):.1f} ×",
                f"{time.times(SEGMENT, SCRIPT):,.0f}",
                target,
            )
        )
    return Table(
        "How time grows",
        "Subscriptions that are told apart by event name, one of which matches. flowplug finds it in a table; "
        "Segment reads every trigger again on every event. The target is for flowplug's growth.",
        ("subscriptions", "flowplug", "growth", "Segment", "growth", "times less", "target"),
        rows,
    )


def _sizes(results: Results) -> Table:
    code = results.bundles["withoutLiquid"]
    further = results.bytes_a_subscription
    return Table(
        "Bytes",
        "Raw, gzip and brotli. flowplug: `1flow.min.js`. Segment: the smallest bundle of the table below, and the "
        "subscriptions as JSON, since those travel in the settings that the page loads. Each further subscription "
        f"by event name, with a mapping of its own, adds {further:.0f} bytes (brotli) to flowplug's file; the "
        f"target is ≤ {BYTES_A_SUBSCRIPTION} {_mark(further <= BYTES_A_SUBSCRIPTION)}.",
        ("subscriptions", "flowplug", "gzip", "brotli", "Segment", "gzip", "brotli", "times less"),
        [
            (size.title, *_bytes(size.plugin), *_bytes(code, size.settings), f"{_brotli_ratio(size, code):.1f}")
            for size in results.sizes
        ],
    )


def _formats(results: Results) -> Table:
    more = results.consent.brotli_size - results.whole.brotli_size
    return Table(
        "Formats",
        "The presets, in the file that ships, with a key of 40 characters, beside the host that it is for. The "
        "placeholder stands in a page for `1flow.min.js`, until that comes. Hosts are bundled from npm with "
        "esbuild (minified, for ES2015), RudderStack with all of its own plugins.",
        ("what", "raw", "gzip", "brotli", "target"),
        [
            *(
                (
                    f"`{asset.name}`",
                    *_bytes(asset),
                    _at_most(asset.brotli_size, FORMAT_BYTES[name]) if name in FORMAT_BYTES else "",
                )
                for name, asset in results.formats.items()
            ),
            (
                "`1flow.min.js` with `[consent]`",
                *_bytes(results.consent),
                f"≤ {CONSENT_BYTES} more {_mark(more <= CONSENT_BYTES)}",
            ),
            (
                "the placeholder of `1flow.async.html`",
                *_bytes(results.placeholder),
                _at_most(results.placeholder.brotli_size, PLACEHOLDER_BYTES),
            ),
            *((title, *_bytes(results.bundles[name]), "") for name, title in HOSTS.items()),
        ],
    )


def _bundles(results: Results) -> Table:
    titles = {
        "destination": "the runtime and 1Flow's two actions",
        "runtime": "the runtime alone",
        "withoutLiquid": "the runtime and 1Flow's two actions, without Liquid",
    }
    return Table(
        "Segment's code",
        "As npm installs it, bundled with esbuild (minified, for ES2015). Most of it is a Liquid engine, which no "
        "subscription here uses; the smallest bundle has an empty class in its place.",
        ("what", "raw", "gzip", "brotli"),
        [(title, *_bytes(results.bundles[name])) for name, title in titles.items()],
    )


def _brotli_ratio(size: Size, code: flowplug.Asset) -> float:
    return (code.brotli_size + size.settings.brotli_size) / size.plugin.brotli_size


def _bytes(*assets: flowplug.Asset) -> tuple[str, str, str]:
    """Raw, gzip and brotli, of files that are loaded together."""
    return (
        f"{sum(asset.raw_size for asset in assets):,}",
        f"{sum(asset.gzip_size for asset in assets):,}",
        f"{sum(asset.brotli_size for asset in assets):,}",
    )


def _switches(results: Results) -> Table:
    whole, bare, theirs = results.whole, results.bare, results.bundles["withoutLiquid"]
    return Table(
        "What the switches cost",
        "The presets, as they are and with one switch in another position each; what is off leaves no code in the "
        "file. What one switch costs or saves depends on the others, since code that is alike compresses well.",
        ("what", "raw", "gzip", "brotli", "more", "target"),
        [
            ("the defaults", *_bytes(whole), "", _at_most(whole.brotli_size, WHOLE_BYTES)),
            *(
                (title, *_bytes(one), _more(one.brotli_size - whole.brotli_size), "")
                for title, one in results.switches.items()
            ),
            (
                "only loading, queue and the two calls",
                *_bytes(bare),
                _more(bare.brotli_size - whole.brotli_size),
                _at_most(bare.brotli_size, BARE_BYTES),
            ),
            ("Segment: the runtime and two actions, without Liquid", *_bytes(theirs), "", ""),
        ],
    )


def _more(value: int) -> str:
    return f"{value:+,}".replace("-", "−")


def _timers(results: Results) -> Table:
    rows = []
    for fault, words in FAULTS.items():
        ours, theirs = results.timers[fault]["ours"], results.timers[fault]["theirs"]
        met = max(ours.first, ours.last) <= TIMERS and not ours.left
        rows.append(
            (
                words,
                *(f"{number:,}" for number in (ours.first, ours.last, ours.left)),
                *(f"{number:,}" for number in (theirs.first, theirs.left)),
                f"≤ {TIMERS}, 0 left {_mark(met)}",
            )
        )
    return Table(
        "Timers without an SDK",
        f"How many timers fire on a page that makes {results.calls:,} track calls and whose request for the "
        "SDK's script is refused after 50 ms, or never answered. Counted in Node on a clock that is moved by "
        "hand, so that no page is too busy to let them fire. flowplug asks three times: counted are the first "
        "30 s, and the 30 s after it last asks. Segment's destination asks once, and puts a stub in the SDK's "
        "place that puts every call off by 5 ms, again and again. Left: what still waits to fire then.",
        ("the script", "flowplug, first 30 s", "after it last asks", "left", "Segment, 30 s", "left", "target"),
        rows,
    )


def _visits(visits: Visits, calls: int) -> Table:
    return Table(
        "In Chromium",
        "Evaluating: the time from inserting a script whose text is there to its end, on a page whose processor "
        f"Chromium slows {SLOWDOWN} times; an empty script shows how much of it is inserting. Each script has a "
        f"new page in each round, and the median counts. Busy: how much of {visits.seconds:g} s the page's main "
        f"thread works, not slowed, after {calls:,} track calls while the SDK is refused; Segment's side is the "
        f"bundle without Liquid. The target is for flowplug beside {LOADER}.",
        ("what", "measured", "target"),
        [
            *(
                (f"{title}: to evaluate", f"{milliseconds:.1f} ms", _evaluated(title, visits.evaluation))
                for title, milliseconds in visits.evaluation.items()
            ),
            ("flowplug: busy without an SDK", f"{visits.busy['ours']:.1%}", ""),
            ("Segment: busy without an SDK", f"{visits.busy['theirs']:.1%}", ""),
        ],
    )


def paint_table(paints: Mapping[str, float]) -> Table:
    """The largest paint, by when the SDK is loaded."""
    default, *_ = STARTS
    rows = []
    for title, milliseconds in paints.items():
        ratio = milliseconds / paints[NO_PLUGIN]
        target = f"≤ {PAINT_RATIO} {_mark(ratio <= PAINT_RATIO)}" if title == default else ""
        name = title if title == NO_PLUGIN else f"`sdk.start = {quote(title)}`"
        rows.append((name, f"{milliseconds:,.0f} ms", f"{ratio:.2f}", target))
    return Table(
        "The page's largest picture",
        "The largest contentful paint of a page with a picture of 199 kB and the plugin inline, whose SDK has 100 "
        f"kB: in Chromium on a slow 4G network, its processor slowed {SLOWDOWN} times. The plugin is loaded at "
        "once, and there is no call. The pages take turns, with nothing cached, and the medians count.",
        ("page", "largest paint", "times", "target"),
        rows,
    )


def _evaluated(title: str, evaluation: Mapping[str, float]) -> str:
    """The target of a script, for flowplug's own."""
    if title != FLOWPLUG:
        return ""
    ratio = evaluation[FLOWPLUG] / evaluation[LOADER]
    return f"{ratio:.2f} ≤ {EVALUATION_RATIO} {_mark(ratio <= EVALUATION_RATIO)}"


def _at_most(value: int, target: int) -> str:
    return f"≤ {target:,} {_mark(value <= target)}"


def _compiling(results: Results) -> Table:
    total = results.compiling["total"]
    target = f"≤ {COMPILE_MILLISECONDS} ms {_mark(total <= COMPILE_MILLISECONDS)}"
    return Table(
        "Compile time",
        "50 subscriptions by event name, from plain data to both files, in a process that has built before.",
        ("step", "milliseconds", "target"),
        [
            (text, f"{results.compiling[step]:.1f}", target if step == "total" else "")
            for step, text in STEPS.items()
        ],
    )


def _command(results: Results) -> Table:
    return Table(
        "The command",
        "Whole processes. Beside each command, one that only imports the library that the command cannot do "
        "without; both take turns. Times, and how many times longer the command takes, are medians. `build` "
        "compiles the presets, and writes and measures all files.",
        ("command", "milliseconds", "beside", "milliseconds", "times", "target"),
        [
            (
                f"`flowplug {command}`",
                f"{process.command:.0f}",
                f"`import {FLOORS[command]}`",
                f"{process.floor:.0f}",
                f"{process.ratio:.2f}",
                f"≤ {PROCESS_RATIOS[command]} {_mark(process.ratio <= PROCESS_RATIOS[command])}",
            )
            for command, process in results.processes.items()
        ],
    )


def duration(nanoseconds: float) -> str:
    """A time with three digits that matter, in the unit that suits it."""
    unit, value = ("ns", nanoseconds) if nanoseconds < 1000 else ("µs", nanoseconds / 1000)
    return f"{value:.{max(0, 2 - len(str(int(value))) + 1)}f} {unit}" if value < 100 else f"{value:.0f} {unit}"


def _mark(met: bool) -> str:
    return "✓" if met else "✗"


def _markdown_table(table: Table) -> str:
    lines = [
        _line(table.columns),
        _line([":--", *["--:"] * (len(table.columns) - 1)]),
        *map(_line, table.rows),
    ]
    return f"## {table.title}\n\n{table.text}\n\n" + "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return escape(text.replace("`", ""))


def _coloured(cell: str) -> str:
    colour = {"✓": "green", "✗": "red"}.get(cell[-1:])
    return f"[{colour}]{_plain(cell)}[/]" if colour else _plain(cell)
