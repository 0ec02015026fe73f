"""Formats: one record and one template each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes
from msgspec.structs import replace

import flowplug
from flowplug.bundle import write
from flowplug.formats import FORMATS, SCRIPT, Format
from tests.support.command import flow, write_project
from tests.support.page import Page
from tests.support.projects import EVERYWHERE, FORMAT_NAMES, KEY, PRESETS

# For a host that has the key, and hands over events as they are.
TEMPLATE = """\
{% set key = "host.key" %}
{% set parameters = "ctx" %}
{% set segment_event = "ctx" %}
{% import "runtime/start.js.jinja" as start with context %}
(() => {
{% include "runtime/names.js.jinja" %}
  const nonce = "";

{% include "runtime/core.js.jinja" %}

  host.install({
    load: () => {
{{ start.promise() }}
    },
{% for event_type, handler in code.handlers %}
    {{ event_type }}: handle({{ handler | js(4) }}),
{% endfor %}
  });
})();
"""

HOST = """
  globalThis.host = {
    key: "the host's",
    install: plugin => analytics.register({ load: plugin.load, track: ({ event }) => plugin.track(event) }),
  };
"""


SCRIPT_FILES = ["1flow.js", "1flow.min.js", "1flow.html", "1flow.async.html"]


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> Format:
    """One more format, named "other"."""
    record = replace(SCRIPT, readable="o.js", minified="o.min.js", debug="o.debug.js", fragments={})
    monkeypatch.setitem(FORMATS, "other", record)
    return record


def names_of(bundle: flowplug.Bundle) -> list[str]:
    return [asset.name for asset in bundle.assets]


@pytest.mark.parametrize("name", FORMATS)
def test_a_build_has_the_files_of_its_format_and_no_others(name: str) -> None:
    bundle = flowplug.build(flowplug.load(EVERYWHERE), formats=[name], debug=True)
    assert bundle.formats == (name,)
    assert names_of(bundle) == list(FORMATS[name].files)


@pytest.mark.usefixtures("other")
def test_the_project_chooses_the_formats_and_an_argument_wins_over_it() -> None:
    project = flowplug.load({**PRESETS, "build": {"formats": ["other", "script"]}})
    both = flowplug.build(project)
    assert both.formats == ("other", "script")
    assert names_of(both) == ["o.js", "o.min.js", *SCRIPT_FILES]
    alone = flowplug.build(project, formats=["script"])
    assert (alone.formats, names_of(alone)) == (("script",), SCRIPT_FILES)
    assert alone["1flow.js"] == both["1flow.js"]


def test_a_warning_keeps_its_line_where_an_argument_chooses_the_formats(tmp_path: Path) -> None:
    path = tmp_path / "flowplug.toml"
    path.write_text(
        f'[settings]\nprojectApiKey = "{KEY}"\n[[subscriptions]]\nname = "Off"\nenabled = false\n'
        'partnerAction = "trackEvent"\nsubscribe = \'type = "track"\'\n',
        encoding="utf-8",
    )
    project = flowplug.load(path)
    (warning,) = flowplug.build(project, formats=["script"]).warnings
    assert (warning,) == flowplug.build(project).warnings
    assert warning.line == 3


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        ([], 'format: names no format; choose at least one, such as "script"'),
        (["skript"], f'"skript" is not a format; choose from {FORMAT_NAMES} (did you mean "script"?)'),
        (["script", "script"], '"script" is named twice; remove one of the two'),
    ],
)
def test_formats_that_cannot_be_built_are_a_wrong_use(formats: list[str], message: str) -> None:
    with pytest.raises(flowplug.UsageError, match=re.escape(message)):
        flowplug.build(flowplug.load(PRESETS), formats=formats)


def test_two_formats_that_write_the_same_file_cannot_be_built_together(
    other: Format, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(FORMATS, "other", replace(other, fragments={"1flow.html": ""}))
    path = tmp_path / "flowplug.toml"
    path.write_text(
        f'[settings]\nprojectApiKey = "{KEY}"\n[build]\nformats = [\n"script",\n"other",\n]\n', encoding="utf-8"
    )
    with pytest.raises(flowplug.ProjectError) as caught:
        flowplug.load(path)
    assert str(caught.value) == (
        f'{path}:6: build.formats[1]: "other" and "script" both write 1flow.html; build them separately '
        "[conflicting-options]"
    )
    with pytest.raises(flowplug.UsageError, match=r"both write 1flow\.html"):
        flowplug.build(flowplug.load(PRESETS), formats=["script", "other"])


def test_no_two_formats_of_flowplug_s_write_the_same_file() -> None:
    assert flowplug.build(flowplug.load(EVERYWHERE), formats=FORMATS).formats == tuple(FORMATS)


def test_the_files_of_a_format_that_is_no_longer_built_are_removed(other: Format, tmp_path: Path) -> None:
    project = flowplug.load(PRESETS)
    write(flowplug.build(project, formats=["script", "other"]), tmp_path)
    written = write(flowplug.build(project, formats=["script"]), tmp_path)
    assert [path.name for path in written.removed] == [other.readable, other.minified]


def test_a_new_format_needs_one_template_and_one_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    template = tmp_path / "host.js.jinja"
    template.write_text(TEMPLATE, encoding="ascii")
    fragments = {"host.html": "<script>{plugin}</script><p></p>"}
    record = Format(template, "host.js", "host.min.js", "host.debug.js", "Use {folder}host.min.js.", fragments)
    monkeypatch.setitem(FORMATS, "host", record)

    bundle = flowplug.build(flowplug.load(PRESETS), formats=["host"], debug=True)

    names = ["host.js", "host.min.js", "host.html", "host.debug.js"]
    assert [asset.name for asset in bundle.assets] == names
    minified = bundle["host.min.js"].content.decode()
    assert bundle["host.html"].content.decode() == f"<script>{minified.strip()}</script><p></p>"
    for name in ("host.js", "host.min.js", "host.debug.js"):
        page = Page(bundle[name].content, before=HOST)
        page.send({"type": "track", "event": "A"})
        assert [name for _, name, _ in page.calls] == ["A"]
        assert page.context.eval("document.scripts[0].dataset.apiKey") == "the host's"

    write_project()
    report = json.loads(flow("build", "--format", "host", "--debug", "--json").stdout)
    assert [Path(file["path"]).name for file in report["files"]] == names
    assert [file["gzip"] is None for file in report["files"]] == [name != record.minified for name in names]
    assert list(report["fragments"]) == list(fragments)
    assert flow("build", "--format", "host").stdout.endswith("\n\nUse dist/host.min.js.\n")


TEMPLATES = sorted(SCRIPT.template.parents[1].rglob("*.jinja"))


def test_a_template_that_calls_a_helper_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "host.js.jinja"
    call = "globalThis.parsed = parseJson('[7]');\n{{ start.promise() }}"
    template.write_text(TEMPLATE.replace("{{ start.promise() }}", call), encoding="ascii")
    monkeypatch.setitem(FORMATS, "host", Format(template, "host.js", "host.min.js", "host.debug.js", ""))
    bundle = flowplug.build(flowplug.load(PRESETS), formats=["host"])
    page = Page(bundle["host.js"].content, before=HOST)
    assert page.context.eval("parsed[0]") == 7
    assert "const parseJson" not in flowplug.build(flowplug.load(PRESETS))["1flow.js"].content.decode()


DECISIONS = (nodes.Compare, nodes.Or, nodes.Not, nodes.Test, nodes.BinExpr)
"""What belongs into Python; texts are joined with ~, and two facts with "and"."""


def is_fact(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) or (isinstance(node, nodes.Getattr) and is_fact(node.node))


def is_condition(node: nodes.Node) -> bool:
    """Whether it is a fact, or two facts that must both hold."""
    return is_fact(node) or (isinstance(node, nodes.And) and is_fact(node.left) and is_fact(node.right))


def conclusions(source: str) -> list[nodes.Node]:
    """What a template computes by itself."""
    tree = jinja2.Environment(autoescape=False).parse(source)
    filling = {id(part) for output in tree.find_all(nodes.Output) for part in output.nodes}
    found: list[nodes.Node] = [node for node in tree.find_all(DECISIONS) if not isinstance(node, nodes.And)]
    found += [node for node in tree.find_all(nodes.If) if not is_condition(node.test)]
    for choice in tree.find_all(nodes.CondExpr):
        if id(choice) not in filling or not is_condition(choice.test):
            found.append(choice)
    for node in tree.find_all(nodes.Filter):
        found += [argument for argument in node.args if not isinstance(argument, nodes.Const)]
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_is_short_and_leaves_conclusions_to_python(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 200
    assert conclusions(source) == []


@pytest.mark.parametrize(
    "source",
    [
        '{% if facts.start == "start" %}{% endif %}',
        "{{ 'a' if not plugin.stats }}",
        "{% if a and b and c %}{% endif %}",
        "{% if facts.count() %}{% endif %}",
        "{% filter indent(2 if facts.catches else 0, true) %}{% endfilter %}",
        "{{ macro() | indent(depth) }}",
        '{% set text = "a" if debug else "b" %}',
        "{{ tell('dropped', removed) or removed }}",
        "{{ sdk.retries + 1 }}",
        "{{ a if sdk.queue is defined }}",
    ],
)
def test_a_conclusion_in_a_template_would_be_noticed(source: str) -> None:
    assert conclusions(source)
