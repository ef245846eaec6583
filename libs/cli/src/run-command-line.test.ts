import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { functionForms } from "@rollerblade/query/function-forms";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runCommandLine } from "./run-command-line.ts";
import type { ServiceRegistry } from "./service-registry.ts";

const unloaded = (): never => expect.unreachable("no service is loaded to ask something");
const services: ServiceRegistry = {
  accounts: unloaded,
  catalog: unloaded,
  ingest: unloaded,
  scheduler: unloaded,
  "pipeline-router": unloaded,
  tagger: unloaded,
  gateway: unloaded,
};

let folder: string;
let stderrText: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-"));
  stderrText = "";
  printed = "";
  vi.stubEnv("ROLLERBLADE_FOLDER", join(folder, ".rollerblade"));
  vi.stubEnv("ROLLERBLADE_URL", "");
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderrText += text;
    return true;
  });
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) =>
  runCommandLine(["node", "rollerblade", ...args], {
    version: "1.2.3",
    services,
    schemas: [],
    examples: new URL("file:///none/"),
  });

test("a file that cannot be read is one sentence", async () => {
  const file = join(folder, "pipeline.yaml");
  expect(await run("pipeline", "check", join(file, "x"))).toBe(4);
  expect(stderrText).toContain(`${join(file, "x")}`);
  expect(stderrText).not.toContain("ENOENT");
});

test("without a server a command fails and its message describes how to start one", async () => {
  expect(await run("dataset", "list")).toBe(3);
  expect(stderrText).toContain("No Rollerblade server runs here.");
  expect(stderrText).toContain("rollerblade up");
  expect(stderrText).not.toContain("    at ");
});

test("a server that does not answer is named", async () => {
  vi.stubEnv("ROLLERBLADE_URL", "http://127.0.0.1:9");
  expect(await run("dataset", "list")).toBe(3);
  expect(stderrText).toContain("http://127.0.0.1:9");
});

test.each([
  ["an unknown command", ["datset", "list"], "Did you mean dataset?"],
  ["an unknown option", ["dataset", "list", "--jsn"], "Did you mean --json?"],
  [
    "a command without its group",
    ["import", "ds001"],
    "Did you mean `rollerblade dataset import` or `rollerblade analysis import`?",
  ],
  ["an option before its command", ["--json", "dataset", "list"], "`rollerblade dataset list … --json`"],
  ["an option within a command", ["analysis", "--json", "list"], "`rollerblade analysis list … --json`"],
  ["a missing argument", ["run"], "missing required argument 'analysis'"],
  ["a choice that there is not", ["query", "--level", "voxel"], "Allowed choices are file, scan, session, subject"],
  ["a port that is none", ["up", "--port", "lots"], "whole number from 0 to 65535"],
])("%s is not understood, with a hint", async (_, args, hint) => {
  expect(await run(...args)).toBe(2);
  expect(stderrText).toContain(hint);
});

test("the conditions of query are understood at run, and the help of query lists the functions", async () => {
  expect(await run("run", "brain-mask", "--dataset", "a", "--suffix", "T1w", "--age", "20..30", "--lacks", "b")).toBe(
    3,
  );
  expect(await run("query", "--count-by", "subject.sex", "--columns", "subject.age")).toBe(2);
  expect(stderrText).toContain("cannot be used with option '--columns");
  expect(await run("query", "--help")).toBe(0);
  for (const form of functionForms) expect(printed).toContain(form);
});

test("help ends with an example and is not a failure", async () => {
  expect(await run("pipeline", "plan", "--help")).toBe(0);
  expect(printed).toContain("$ rollerblade pipeline plan examples/pipeline.yaml");
});

test("a document is checked without a server, with the place of each fault", async () => {
  const file = join(folder, "pipeline.yaml");
  writeFileSync(file, "datasets: [a]\nrules:\n  - name: one\n    on: {scan: {suffix: T1w}}\n    run: {analysys: x}\n");
  expect(await run("pipeline", "check", file)).toBe(5);
  expect(stderrText).toMatch(/5[:,]/);
});

test("what cannot be taken back needs a yes where nobody can be asked", async () => {
  vi.stubEnv("ROLLERBLADE_URL", "http://127.0.0.1:9");
  expect(await run("subject", "delete", "colin-mini", "01")).toBe(5);
  expect(stderrText).toContain("--yes");
});
