"""Formats: one record and one template each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flowplug
from flowplug.formats import FORMATS, SCRIPT, Format
from tests.support.page import Page
from tests.support.projects import PRESETS

# For a host that has the key, and hands over events as they are.
TEMPLATE = """\
{% set key = "host.key" %}
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


def test_a_build_has_the_files_of_every_format_and_no_others() -> None:
    bundle = flowplug.build(flowplug.load(PRESETS), debug=True)
    expected = [name for form in FORMATS.values() for name in form.files]
    assert [asset.name for asset in bundle.assets] == expected
    assert expected == ["1flow.js", "1flow.min.js", "1flow.html", "1flow.debug.js"]


def test_a_new_format_needs_one_template_and_one_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "host.js.jinja"
    template.write_text(TEMPLATE, encoding="ascii")
    fragments = {"host.html": "<body><script>{plugin}</script></body>"}
    monkeypatch.setitem(FORMATS, "host", Format(template, "host.js", "host.min.js", "host.debug.js", fragments))

    bundle = flowplug.build(flowplug.load(PRESETS), debug=True)

    names = ["host.js", "host.min.js", "host.html", "host.debug.js"]
    assert [asset.name for asset in bundle.assets][-4:] == names
    minified = bundle["host.min.js"].content.decode()
    assert bundle["host.html"].content.decode() == f"<body><script>{minified.strip()}</script></body>"
    for name in ("host.js", "host.min.js", "host.debug.js"):
        page = Page(bundle[name].content, before=HOST)
        page.send({"type": "track", "event": "A"})
        assert [name for _, name, _ in page.calls] == ["A"]
        assert page.context.eval("document.scripts[0].dataset.apiKey") == "the host's"


TEMPLATES = sorted(SCRIPT.template.parents[1].rglob("*.jinja"))
CONDITION = re.compile(r"(?:\{% (?:el)?if|\{\{ .* if) (.*?)(?: else .*)? [%}]\}")
FACT = r'[a-z_]+(?:\.[a-z_]+)*(?: == "[a-z]+")?'


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_is_short_and_leaves_conclusions_to_python(template: Path) -> None:
    lines = template.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 200
    conditions = [condition for line in lines for condition in CONDITION.findall(line)]
    assert [text for text in conditions if not re.fullmatch(rf"{FACT}(?: and {FACT})?", text)] == []
