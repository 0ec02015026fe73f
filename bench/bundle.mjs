/* Bundles the hosts and Segment's side for the page with esbuild, and answers the texts as JSON:

  {script, rudderstack, getanalytics, runtime, destination, withoutLiquid}

The first three are the hosts by format: Analytics.js, RudderStack and the package `analytics`. `runtime` is generatePlugins alone, `destination` has the two actions too, and
`withoutLiquid` is that with an empty class in the place of the Liquid engine, which makes up most of it: less cannot be
had.
*/
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const RUNTIME = "@segment/browser-destination-runtime/plugin";

const hosts = {
  script: `export { AnalyticsBrowser } from "@segment/analytics-next";`,
  rudderstack: `export { RudderAnalytics } from "@rudderstack/analytics-js/bundled";`,
  getanalytics: `export { Analytics } from "analytics";`,
};
const runtime = `export { generatePlugins } from "${RUNTIME}";`;
const destination = `
  import { generatePlugins } from "${RUNTIME}";
  import { destination } from "./segment.mjs";
  export default (settings) => generatePlugins(destination, settings, settings.subscriptions);`;

const emptyLiquid = {
  name: "empty-liquid",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^liquidjs$/ }, ({ path }) => ({ path, namespace: "empty" }));
    onLoad({ filter: /./, namespace: "empty" }, () => ({
      contents: "export class Liquid { registerTag() {} registerFilter() {} }",
    }));
  },
};

async function bundle(contents, plugins = []) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    minify: true,
    platform: "browser",
    target: "es2015",
    format: "iife",
    globalName: "segment",
    legalComments: "none",
    write: false,
    plugins,
  });
  return outputFiles[0].text;
}

const bundled = {};
for (const [name, contents] of Object.entries(hosts)) bundled[name] = await bundle(contents);
process.stdout.write(
  JSON.stringify({
    ...bundled,
    runtime: await bundle(runtime),
    destination: await bundle(destination),
    withoutLiquid: await bundle(destination, [emptyLiquid]),
  }),
);
