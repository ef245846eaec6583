import http from "node:http";
import type { Plugin } from "esbuild";

/** Exports of `node:http` that Node reads from its fetch library, when they are first asked for. */
const fromFetchLibrary: ReadonlySet<string> = new Set(["CloseEvent", "MessageEvent", "WebSocket"]);

/**
 * Takes `node:http` without these exports. An `import` of a module of Node reads all that it exports, so the first import of `node:http`
 * loads Node's fetch library: 14 MB of resident memory, which nothing here uses. An import of one of the three fails the build.
 */
export const plainHttp: Plugin = {
  name: "node:http without the fetch library",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "node:http", namespace: "plain-http" } : null,
    );
    onLoad({ filter: /.*/, namespace: "plain-http" }, () => {
      const names = Object.keys(http).filter((name) => !fromFetchLibrary.has(name));
      return {
        contents: `const http = process.getBuiltinModule("node:http");
export default http;
export const { ${names.join(", ")} } = http;`,
        loader: "js",
      };
    });
  },
};
