"""``python -m bench`` measures both sides and writes its page; how long anything takes is not tested."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from bench import measure, painting, projects, report
from bench.__main__ import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def run(folder: Path) -> Result:
    return CliRunner().invoke(main, ["--quick", "--out", str(folder)])


def test_it_shows_every_table(run: Result) -> None:
    assert run.exit_code == 0, run.output
    titles = ("Time an event", "The limit", "An event in other formats", "How time grows", "Bytes", "Formats")
    rest = ("Segment's code", "What the switches cost", "Timers without an SDK", "Compile time", "The command")
    for title in (*titles, *rest):
        assert title in run.output


@pytest.mark.usefixtures("run")
def test_the_page_has_the_tables_and_the_versions(folder: Path) -> None:
    page = (folder / "benchmarks.md").read_text(encoding="utf-8")
    assert page.count("| :-- |") == 11
    for words in (
        "| the presets, track |",
        "| 50 by a property |",
        "| 50, all matching |",
        "≥ 200 ",
        "≤ 2 × ",
        "≤ 1.25 ",
        "≤ 1.2 ",
        "| the presets, track | `rudderstack` |",
        "| the presets, identify | `getanalytics` |",
        "\n| RudderStack |",
        "\n| `analytics` |",
        "≤ 1,950 ",
        "≤ 1,850 ",
        "≤ 120 more ",
        "≤ 500 ",
        "| `plugin.stats = true` |",
        "≤ 900 ",
        "≤ 4, 0 left ✓",
        "≤ 1.5 ",
        "≤ 2.5 ",
    ):
        assert words in page
    assert "- @segment/browser-destination-runtime 1." in page
    assert "(benchmarks.svg)" in page


@pytest.mark.usefixtures("run")
def test_the_plot_has_a_line_for_each_side(folder: Path) -> None:
    plot = ElementTree.parse(folder / "benchmarks.svg")
    lines = plot.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [len(projects.GROWTH)] * 2


def test_it_measures_in_chromium() -> None:
    effort = dataclasses.replace(measure.QUICK, visits=1, seconds=0.2)
    # In a thread of its own: Playwright may be running already in that of the tests.
    with ThreadPoolExecutor(1) as pool:
        visits = pool.submit(measure.visits_of, measure.bundles(), effort).result()
    assert len(visits.evaluation) == 6
    assert {measure.FLOWPLUG, measure.LOADER} <= visits.evaluation.keys()
    assert all(milliseconds > 0 for milliseconds in visits.evaluation.values())
    assert visits.busy.keys() == {"ours", "theirs"}


def test_it_paints_the_page_for_each_start() -> None:
    with ThreadPoolExecutor(1) as pool:
        paints = pool.submit(measure.paints_of, dataclasses.replace(measure.QUICK, paints=1)).result()
    table = report.paint_table(paints)
    assert [row[0] for row in table.rows] == [
        "no plugin",
        *(f'`sdk.start = "{start}"`' for start in painting.STARTS),
    ]
    assert all(milliseconds > 0 for milliseconds in paints.values())
    assert [bool(row[-1]) for row in table.rows] == [False, True, False, False, False]


def test_it_stops_where_the_two_sides_do_not_make_the_same_calls() -> None:
    case = projects.presets("track")
    event = {**case.events[0], "properties": None}  # docs/fidelity.md: Segment sends null, flowplug {}
    with pytest.raises(measure.BenchmarkError, match="AssertionError"):
        measure.rounds_of([dataclasses.replace(case, events=[event])], measure.QUICK)


def test_it_stops_where_what_is_written_by_hand_does_not_make_the_same_calls() -> None:
    case = dataclasses.replace(projects.presets("track"), by_hand="directives")
    with pytest.raises(measure.BenchmarkError, match="AssertionError"):
        measure.rounds_of([case], measure.QUICK)


@pytest.mark.parametrize("case", [projects.presets("track"), projects.presets("identify"), projects.by_name(10)])
def test_all_sides_of_a_case_that_is_written_by_hand_take_turns(case: projects.Case) -> None:
    assert sides_of(case) == ["script", *measure.TIMED_FORMATS, "by hand", "segment"]


def test_a_format_takes_no_turn_where_its_host_lacks_what_the_project_reads() -> None:
    others = [name for name in measure.TIMED_FORMATS if name != "getanalytics"]  # which has no context
    assert sides_of(projects.mapping_heavy()) == ["script", *others, "by hand", "segment"]


def sides_of(case: projects.Case) -> list[str]:
    (rounds,) = measure.rounds_of([case], measure.QUICK)
    (one,) = rounds
    return list(one)


def test_sizes_are_of_a_project_with_a_key_of_40_characters() -> None:
    assert len(projects.SETTINGS["projectApiKey"]) == 40


def test_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(measure, "MODULES", tmp_path)
    result = CliRunner().invoke(main, ["--quick", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "node_modules has no @segment/browser-destination-runtime" in result.output
