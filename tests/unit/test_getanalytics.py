"""The module for the package analytics: what a site's tools and a server make of it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.modules import bundled, run_node, type_errors, write_site
from tests.support.projects import EVERYTHING, PRESETS

APP = """\
import Analytics from "analytics";
import type { AnalyticsPlugin } from "analytics";
import oneFlow from "./1flow.getanalytics.mjs";
import type { OneFlowOptions, OneFlowPlugin } from "./1flow.getanalytics.mjs";
import withoutEnding from "./1flow.getanalytics";

export const analytics = Analytics({ app: "shop", plugins: [oneFlow(), withoutEnding({}), { ...oneFlow() }] });
const options: OneFlowOptions = { nonce: "n", projectApiKey: undefined, sdkAddress: "/sdk.js" };
export const plugin: AnalyticsPlugin = oneFlow(options);
const own: OneFlowPlugin = oneFlow();
export const sent: number | undefined = own.stats?.().sent;
"""
WRONG = """\
import oneFlow from "./1flow.getanalytics.mjs";
oneFlow({ nonse: "a misspelt option" });
oneFlow({ projectApiKey: 5 });
oneFlow("oneflow_prod_");
oneFlow().stats?.().sended;
oneFlow().isLoaded;
"""


def test_the_types_are_those_that_analytics_expects_and_refuse_others(tmp_path: Path) -> None:
    write_site(tmp_path, EVERYTHING, {"app.ts": APP, "wrong.ts": WRONG}, form="getanalytics")
    assert type_errors(tmp_path, "app.ts") == ""
    lines = re.findall(r"^wrong\.ts\((\d+),", type_errors(tmp_path, "wrong.ts"), re.MULTILINE)
    assert lines == ["2", "3", "4", "5", "6"]


def test_a_site_that_does_not_use_the_plugin_gets_no_byte_of_it(tmp_path: Path) -> None:
    unused = 'import oneFlow from "./1flow.getanalytics.mjs";\nconsole.log("the site");\n'
    write_site(tmp_path, PRESETS, {"unused.js": unused}, form="getanalytics")
    for scripts in bundled(tmp_path, "unused.js").values():
        assert len(scripts["unused.js"]) < 60
        assert "flow" not in scripts["unused.js"]


def test_a_server_gets_a_plugin_that_does_nothing(tmp_path: Path) -> None:
    server = """
        const before = Reflect.ownKeys(globalThis).length;
        for (const name of ["", ".min", ".debug"]) {
          const { default: oneFlow } = await import(`./1flow.getanalytics${name}.mjs`);
          console.log(JSON.stringify(oneFlow()), Reflect.ownKeys(globalThis).length - before);
        }
    """
    write_site(tmp_path, PRESETS, {"server.mjs": server}, form="getanalytics")
    done = run_node("server.mjs", cwd=tmp_path)
    assert (done.stderr, done.stdout.splitlines()) == ("", ['{"name":"1flow"} 0'] * 3)
