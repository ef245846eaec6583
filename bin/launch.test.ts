import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const launch = fileURLToPath(new URL("./launch.js", import.meta.url));

/** Makes Node take itself for another version, before anything else is loaded. */
const pretend = (version: string): string =>
  `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"${version}"})`;

test("in a checkout the source runs, also where the Node on the PATH is older than it needs", async () => {
  const { version } = JSON.parse(await readFile(new URL("./package.json", import.meta.url), "utf8"));
  for (const node of ["24.0.0", "20.19.0"]) {
    const { stdout } = await run(process.execPath, ["--import", pretend(node), launch, "--version"]);
    expect(stdout.trim()).toBe(version);
  }
});
