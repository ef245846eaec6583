import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("./rollerblade.ts", import.meta.url));

/** Prints the address of every module that is loaded after it. */
const trace = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ load: (url, context, next) => (process.stderr.write("loaded " + url + "\\n"), next(url, context)) });
`)}`;

/** The packages that a command loads, those of this repository without their scope. */
const packagesOf = (...args: readonly string[]): string[] => {
  const { stderr } = spawnSync(process.execPath, ["--import", trace, program, ...args], { encoding: "utf8" });
  const root = pathToFileURL(fileURLToPath(new URL("..", import.meta.url))).href;
  const names = [...stderr.matchAll(/^loaded (\S+)$/gm)].flatMap(
    ([, url = ""]) =>
      /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ??
      (url.startsWith(root) ? url.slice(root.length).split("/").slice(0, 2).join("/") : []),
  );
  return [...new Set(names)].sort();
};

/** What knows the names of commands and options. No schema, no table, no client. */
const needed = ["bin/package.json", "bin/registry.ts", "bin/rollerblade.ts", "commander", "libs/abids", "libs/cli"];

test.each(["--version", "--help", "query --help"])("%s loads nothing but names and options", (command) => {
  const others = packagesOf(...command.split(" ")).filter((name) => !needed.includes(name));
  expect(others).toEqual(["libs/client", "libs/errors", "libs/query"]);
});
