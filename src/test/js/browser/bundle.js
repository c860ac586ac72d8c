// Bundles a script of this folder's parent for a browser page: node bundle.js <script> <chat package> <output>.
// Node's test functions are replaced by those beside this file; the client itself is bundled as it was published.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const [script, chatPackage, output] = process.argv.slice(2);
const stand = { "node:test": "test.js", "node:assert/strict": "assert.js", "node:timers/promises": "timers.js", "node:net": "net.js" };

const inPage = {
  name: "in-page",
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path: name }) => ({ path: path.join(here, stand[name]) }));
    // A page needs no stand-ins for what a browser has.
    build.onResolve({ filter: /^\.\/browser\.js$/ }, () => ({ path: path.join(here, "nothing.js") }));
    build.onLoad({ filter: /\/realtime\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      const chosen = 'import(process.env.CHAT_PACKAGE ?? "@azure/communication-chat")';
      if (!text.includes(chosen)) {
        throw new Error(`${file} chooses the package in another way`);
      }
      return { contents: text.replace(chosen, `import("${chatPackage}")`), loader: "js" };
    });
  },
};

await esbuild.build({
  entryPoints: [path.join(here, "..", script)],
  bundle: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  define: { "process.env": "testEnvironment" },
  plugins: [inPage],
  outfile: output,
  logLevel: "warning",
});
