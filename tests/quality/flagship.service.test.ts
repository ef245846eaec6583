import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createEnvironments } from "@rollerblade/executors";
import { beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const flagship = join(import.meta.dirname, "..", "..", "examples", "flagship");
const tests = join(import.meta.dirname, "flagship");
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");

let environment: string;

beforeAll(async () => {
  const environments = createEnvironments(join(cache, "rollerblade", "environments"));
  environment = await environments.environmentOf(join(flagship, "brain-net"), "requirements.txt");
}, 600_000);

test("the environment of the networks has their weights, and no PyTorch", async () => {
  const { stdout } = await run(join(environment, "bin/python"), ["-c", listPackages]);
  const packages: unknown = JSON.parse(stdout);
  expect(packages).toEqual(expect.arrayContaining(["deepbet", "onnxruntime", "pydeface"]));
  expect(packages).not.toEqual(expect.arrayContaining(["torch"]));
  expect(packages).not.toEqual(expect.arrayContaining(["nipype"]));
});

const listPackages = "import importlib.metadata as m, json; print(json.dumps([d.name for d in m.distributions()]))";

test.each(["test_converter", "test_brain", "test_deface", "test_tissues"])(
  "the tests of the flagship in Python pass: %s",
  async (name) => {
    const python = join(environment, "bin/python");
    const env = { ...process.env, PYTHONPATH: join(flagship, "brain-net"), PYTHONDONTWRITEBYTECODE: "1" };
    const { stdout, stderr } = await run(python, ["-m", "unittest", name], { cwd: tests, env });
    console.log(stdout.trim());
    expect(stderr).toMatch(/Ran [1-9]\d* tests? in .*\n\nOK/);
  },
  // Half a minute of both processors where nothing else runs: the networks slow down with each that they do not get.
  900_000,
);
