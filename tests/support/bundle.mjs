/* Bundles the entries of the site in this folder, each with both bundlers as they are, and answers the scripts as
JSON: {esbuild: {entry: text}, vite: {entry: text}}. */
import { build as buildWithEsbuild } from "esbuild";
import { build as buildWithVite } from "vite";

const BUNDLERS = {
  async esbuild(entry) {
    const { outputFiles } = await buildWithEsbuild({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      write: false,
      logLevel: "error",
    });
    return outputFiles[0].text;
  },
  async vite(entry) {
    const { output } = await buildWithVite({
      configFile: false,
      logLevel: "error",
      build: { write: false, rollupOptions: { input: entry, output: { format: "iife" } } },
    });
    return output[0].code;
  },
};

const made = {};
for (const [name, bundle] of Object.entries(BUNDLERS)) {
  made[name] = {};
  for (const entry of process.argv.slice(2)) made[name][entry] = await bundle(entry);
}
process.stdout.write(JSON.stringify(made));
