"""The plot ``docs/benchmarks.svg``: time an event by number of subscriptions, both sides, on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from .measure import SCRIPT, SEGMENT, Time
from .report import duration

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 92, 574, 84, 356

STYLE = """
    text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #57606a; }
    .title { font-size: 17px; font-weight: 600; fill: #1f2328; }
    .name { font-size: 14px; font-weight: 600; }
    .grid { stroke: #8c959f; stroke-opacity: 0.25; }
    .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
    .ours .line { stroke: #0969da; } .ours circle, .ours text { fill: #0969da; }
    .theirs .line { stroke: #bc4c00; } .theirs circle, .theirs text { fill: #bc4c00; }
    .gap { stroke: #8c959f; stroke-dasharray: 3 4; }
    @media (prefers-color-scheme: dark) {
      text { fill: #9198a1; } .title { fill: #f0f6fc; }
      .ours .line { stroke: #58a6ff; } .ours circle, .ours text { fill: #58a6ff; }
      .theirs .line { stroke: #f0883e; } .theirs circle, .theirs text { fill: #f0883e; }
    }
"""


def draw(growth: Sequence[Time]) -> str:
    """The plot as SVG text. Its colours suit a light page and a dark one."""
    counts = [len(time.case.subscriptions) for time in growth]
    ours = list(zip(counts, (time.of(SCRIPT) for time in growth), strict=True))
    theirs = list(zip(counts, (time.of(SEGMENT) for time in growth), strict=True))
    nanoseconds = [value for _, value in ours + theirs]
    low, high = math.floor(math.log10(min(nanoseconds))), math.ceil(math.log10(max(nanoseconds)))
    x = _axis(0, math.log10(counts[-1]), LEFT + 14, RIGHT)
    y = _axis(low, high, BOTTOM, TOP)
    middle = (y(growth[-1].of(SCRIPT)) + y(growth[-1].of(SEGMENT))) / 2
    end = x(counts[-1])
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">
  <title>Time an event by number of subscriptions, flowplug and Segment</title>
  <style>{STYLE}  </style>
  <text class="title" x="16" y="32">Time an event takes, by number of subscriptions</text>
  <text x="16" y="53">Subscriptions by event name, one of which matches; both axes are logarithmic</text>
{_decades(range(low, high + 1), y)}
{_numbers(counts, x)}
  <text x="{(LEFT + RIGHT) / 2:g}" y="{HEIGHT - 14}" text-anchor="middle">number of subscriptions</text>
  <text transform="translate(22 {(TOP + BOTTOM) / 2:g}) rotate(-90)" text-anchor="middle">time an event</text>
  <path class="gap" d="M{end:g} {y(growth[-1].of(SEGMENT)) + 9:.1f}V{y(growth[-1].of(SCRIPT)) - 9:.1f}"/>
  <text x="{end + 14:g}" y="{middle + 4:.1f}">{growth[-1].times(SEGMENT, SCRIPT):,.0f} times less</text>
{_series("theirs", "Segment’s runtime", [(x(at), y(value), value) for at, value in theirs])}
{_series("ours", "flowplug", [(x(at), y(value), value) for at, value in ours])}
</svg>
"""


_Axis = Callable[[float], float]


def _axis(low: float, high: float, start: float, end: float) -> _Axis:
    """Where a number stands on a logarithmic axis from 10 to the power of ``low`` to that of ``high``."""
    return lambda value: start + (math.log10(value) - low) / (high - low) * (end - start)


def _decades(exponents: Sequence[int], y: _Axis) -> str:
    return "\n".join(
        f'  <line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y(10**exponent):.1f}" y2="{y(10**exponent):.1f}"/>'
        f'<text x="{LEFT - 10}" y="{y(10**exponent) + 4:.1f}" text-anchor="end">{_unit(exponent)}</text>'
        for exponent in exponents
    )


def _unit(exponent: int) -> str:
    power, rest = divmod(exponent, 3)
    return f"{10**rest} {('ns', 'µs', 'ms', 's')[power]}"


def _numbers(counts: Sequence[int], x: _Axis) -> str:
    return "\n".join(
        f'  <text x="{x(count):.1f}" y="{BOTTOM + 24}" text-anchor="middle">{count}</text>' for count in counts
    )


def _series(side: str, name: str, points: Sequence[tuple[float, float, float]]) -> str:
    """A line through points, each with its place and its nanoseconds; the ends are labelled."""
    (left, first, before), *_, (right, last, after) = points
    line = " ".join(f"{at:.1f},{height:.1f}" for at, height, _ in points)
    circles = "".join(f'<circle cx="{at:.1f}" cy="{height:.1f}" r="3.5"/>' for at, height, _ in points)
    return f"""  <g class="{side}">
    <polyline class="line" points="{line}"/>
    {circles}
    <text x="{left - 8:.1f}" y="{first - 12:.1f}">{duration(before)}</text>
    <text class="name" x="{right + 14:.1f}" y="{last - 2:.1f}">{name}</text>
    <text x="{right + 14:.1f}" y="{last + 15:.1f}">{duration(after)}</text>
  </g>"""
