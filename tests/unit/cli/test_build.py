"""``flowplug build``: the files, the report, and what a page is to load."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

import flowplug
from flowplug.formats import FORMATS, SCRIPT
from tests.support.command import PRESETS_TOML, flow, write_project
from tests.support.projects import FORMAT_NAMES, PRESETS

TWICE = [
    {"name": name, "partnerAction": "trackEvent", "subscribe": 'type = "track"'} for name in ("Orders", "Again")
]
"""Subscriptions that make a warning."""


def test_it_writes_all_files_and_reports_sizes_integrity_and_what_to_paste() -> None:
    write_project()
    result = flow("build")
    bundle = flowplug.build(flowplug.load(PRESETS))
    shipped = bundle["1flow.min.js"]
    assert result.exit_code == 0
    for asset in bundle.assets:
        assert Path("dist", asset.name).read_bytes() == asset.content
        assert re.search(rf"^dist/{re.escape(asset.name)} +{asset.raw_size:,}\b", result.stdout, re.MULTILINE)
    for text in (
        f"{shipped.raw_size:,}   {shipped.gzip_size:,}   {shipped.brotli_size:,}\n",
        "Paste the contents of dist/1flow.html into the page, before the Segment snippet.",
        f"\n  {bundle['1flow.html'].policy}\n",
        "paste dist/1flow.async.html instead,\nand serve 1flow.min.js as /1flow.min.js (",
        f"\n  {bundle['1flow.async.html'].policy}\n",
    ):
        assert text in result.stdout


def test_with_debug_it_writes_one_more_file_which_logs_its_steps() -> None:
    write_project()
    result = flow("build", "--debug", "--json")
    paths = [item["path"] for item in json.loads(result.stdout)["files"]]
    assert paths == [f"dist/{name}" for name in SCRIPT.files]
    assert "console.debug" in Path(paths[-1]).read_text()


def test_it_reads_another_file_and_writes_to_another_folder() -> None:
    Path("p.json").write_text(json.dumps(PRESETS), encoding="utf-8")
    assert flow("build", "p.json", "--out", "public/js").exit_code == 0
    assert Path("public/js/1flow.min.js").exists()


def test_it_reads_json_on_standard_input() -> None:
    assert flow("build", "-", stdin=json.dumps(PRESETS)).exit_code == 0
    assert Path("dist/1flow.min.js").exists()


def test_json_gives_the_same_as_data() -> None:
    write_project()
    report = json.loads(flow("build", "--json").stdout)
    bundle = flowplug.build(flowplug.load(PRESETS))
    assert report == {
        "ok": True,
        "problems": [],
        "files": [
            {
                "path": f"dist/{asset.name}",
                "raw": asset.raw_size,
                "gzip": asset.gzip_size if asset.name == SCRIPT.minified else None,
                "brotli": asset.brotli_size if asset.name == SCRIPT.minified else None,
                "integrity": asset.integrity,
                "policy": asset.policy,
            }
            for asset in bundle.assets
        ],
        "formats": ["script"],
        "digest": bundle.digest,
        "folder": "dist/",
        "removed": [],
        "publicPath": "/",
        "fragments": {name: bundle[name].content.decode() for name in SCRIPT.fragments},
    }


def test_it_removes_what_an_earlier_build_wrote_and_names_it() -> None:
    write_project()
    flow("build", "--debug")
    result = flow("build")
    assert {path.name for path in Path("dist").iterdir()} == {*SCRIPT.files} - {SCRIPT.debug}
    assert "\nRemoved dist/1flow.debug.js, which an earlier build wrote.\n" in result.stdout
    flow("build", "--debug")
    assert json.loads(flow("build", "--json").stdout)["removed"] == ["dist/1flow.debug.js"]


def test_the_format_of_the_command_wins_over_the_project_s(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(
        SCRIPT,
        readable="o.js",
        minified="o.min.js",
        debug="o.debug.js",
        fragments={},
        install="Serve {folder}o.min.js\nas {public_path}o.min.js.",
    )
    monkeypatch.setitem(FORMATS, "other", other)
    write_project(PRESETS_TOML + '[build]\nformats = ["script", "other"]\n')
    assert json.loads(flow("build", "--json").stdout)["formats"] == ["script", "other"]
    result = flow("build", "--format", "other")
    assert sorted(path.name for path in Path("dist").iterdir()) == ["o.js", "o.min.js"]
    assert "\nRemoved dist/1flow.min.js, which an earlier build wrote.\n" in result.stdout
    assert result.stdout.endswith("\n\nServe dist/o.min.js\nas /o.min.js.\n")
    report = json.loads(flow("build", "--format", "other", "--json").stdout)
    assert (report["formats"], report["fragments"]) == (["other"], {})
    assert [item["gzip"] is None for item in report["files"]] == [True, False]


WEB_ROOTS = (
    "_site",
    "build",
    "dist",
    "htdocs",
    "html",
    "out",
    "public",
    "public_html",
    "webroot",
    "www",
    "wwwroot",
)


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        (["skript"], f'"skript" is not a format; choose from {FORMAT_NAMES} (did you mean "script"?)\n'),
        (["script", "script"], '"script" is named twice; remove one of the two\n'),
    ],
)
def test_a_format_that_cannot_be_built_is_a_wrong_use(formats: list[str], message: str) -> None:
    write_project()
    result = flow("build", *(f"--format={name}" for name in formats))
    assert result.exit_code == 2
    assert result.stderr.endswith(message)
    assert not Path("dist").exists()


def test_a_failed_build_leaves_the_output_as_it_was() -> None:
    write_project()
    flow("build")
    before = {path: path.read_bytes() for path in Path("dist").iterdir()}
    write_project(PRESETS_TOML + "x = 1")
    assert flow("build").exit_code == 1
    assert {path: path.read_bytes() for path in Path("dist").iterdir()} == before


@pytest.mark.parametrize("out", ["a-file/below", "/proc/flowplug"])
def test_a_folder_that_cannot_be_written_is_one_line_and_status_3(out: str) -> None:
    write_project()
    Path("a-file").write_text("kept", encoding="utf-8")
    result = flow("build", "--out", out)
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert "cannot be written: " in result.stderr
    assert Path("a-file").read_text(encoding="utf-8") == "kept"


# Warnings


def test_a_warning_stops_nothing() -> None:
    Path("p.json").write_text(json.dumps({**PRESETS, "subscriptions": TWICE}), encoding="utf-8")
    result = flow("build", "p.json")
    assert result.exit_code == 0
    assert "warning: " in result.stderr
    assert Path("dist/1flow.min.js").exists()


def test_strict_makes_a_warning_an_error_and_nothing_is_written() -> None:
    Path("p.json").write_text(json.dumps({**PRESETS, "subscriptions": TWICE}), encoding="utf-8")
    result = flow("build", "p.json", "--strict")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "[sent-twice]" in result.stderr
    assert "warning: " not in result.stderr
    assert not Path("dist").exists()
    report = json.loads(flow("build", "p.json", "--strict", "--json").stdout)
    assert (report["ok"], [item["level"] for item in report["problems"]]) == (False, ["error"])


def test_out_needs_a_folder() -> None:
    write_project()
    result = flow("build", "--out", "flowplug.toml")
    assert result.exit_code == 2
    assert result.stderr == "--out needs a folder; flowplug.toml is a file\n"


def test_strict_changes_nothing_where_there_is_no_warning() -> None:
    write_project()
    assert flow("build", "--strict").exit_code == 0


# Where the files are served


def script_source(*arguments: str) -> str:
    """Where a browser gets the script from that the fragment of a build names."""
    sources: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            sources.extend(value or "" for name, value in attrs if name == "src")

    write_project()
    report = flow("build", *arguments)
    assert report.exit_code == 0, report.stderr
    data = json.loads(flow("build", *arguments, "--json").stdout)
    assert f"serve 1flow.min.js as {data['publicPath']}1flow.min.js (" in report.stdout
    Parser().feed(data["fragments"]["1flow.async.html"])
    (source,) = sources
    assert source == data["publicPath"] + "1flow.min.js"
    return source.removesuffix("1flow.min.js")


@pytest.mark.parametrize(
    ("out", "path"),
    [
        ("dist", "/"),
        *((f"static/{root}/js", "/js/") for root in WEB_ROOTS),
        ("public/js", "/js/"),
        ("site/public/assets/js", "/assets/js/"),
        ("dist/public/js", "/js/"),
        ("./www/../wwwroot/js/", "/js/"),
        ("_site/js", "/js/"),
        ("var/www/html/js", "/js/"),
        ("public/a b", "/a%20b/"),
        ("public/größe", "/gr%C3%B6%C3%9Fe/"),
        ("public/a&b", "/a%26b/"),
        ("static/js", "/static/js/"),
        ("../static/js", "/"),
        (".", "/"),
    ],
)
def test_the_public_path_is_where_the_folder_is_in_its_web_root(
    out: str, path: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "site").mkdir()
    monkeypatch.chdir(folder / "site")
    assert script_source("--out", out) == path


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/", "/"),
        ("/static/js", "/static/js/"),
        ("/static/js/", "/static/js/"),
        ("https://cdn.example.com", "https://cdn.example.com/"),
        ("https://cdn.example.com/a&b/", "https://cdn.example.com/a&b/"),
        ("/gr\u00f6\u00dfe/", "/gr%C3%B6%C3%9Fe/"),
        ("https://b\u00fccher.example/gr\u00f6\u00dfe", "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe/"),
    ],
)
def test_the_public_path_can_be_given_with_or_without_a_slash_at_its_end(given: str, path: str) -> None:
    assert script_source("--out", "public/js", "--public-path", given) == path


@pytest.mark.parametrize(
    "given",
    [
        "",
        "js/",
        "//cdn.example.com/js/",
        "http://cdn.example.com/",
        "https://",
        "https://256.256.256.256/",
        "/a b/",
        '/"onload="alert(1)/',
        "/js/?v=1",
        "/js/#top",
        "/\x1b[31m/",
        "/\x07/",
        "/\ud800/",
        "/js/1flow.min.js",
        "https://cdn.example.com/1flow.js",
        "/1flow.debug.js/",
    ],
)
def test_a_public_path_that_no_browser_would_load_from_is_a_wrong_use(given: str) -> None:
    write_project()
    result = flow("build", "--public-path", given)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 4
    assert all(line.isprintable() for line in result.stderr.splitlines())
    assert 'write a path such as "/js/", or an address such as "https://cdn.example.com/js/"' in result.stderr
    assert not Path("dist").exists()
