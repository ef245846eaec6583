import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPythonEnvironments, type PythonEnvironments } from "./python-environment.ts";
import { describePython } from "./python-interpreter.ts";

let folder: string;
let root: string;
let environments: PythonEnvironments;

const requirements = (text: string): Promise<void> => writeFile(join(folder, "requirements.txt"), text);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "environment-"));
  root = await mkdtemp(join(tmpdir(), "environments-"));
  environments = createPythonEnvironments(root);
});
afterAll(() => Promise.all([folder, root].map((one) => rm(one, { recursive: true }))));

test("an environment is built once for its content, also by two servers at once", { timeout: 120_000 }, async () => {
  await requirements("six==1.17.0\n");
  const other = createPythonEnvironments(root);
  const built = await Promise.all(
    [environments, environments, other].map((one) => one.environmentOf(folder, "requirements.txt")),
  );
  expect(new Set(built).size).toBe(1);
  const [place = ""] = built;
  expect((await describePython(join(place, "bin/python"))).packages).toMatchObject({ six: "1.17.0" });
  const before = await readFile(join(place, "pyvenv.cfg"));
  expect(await other.environmentOf(folder, "requirements.txt")).toBe(place);
  expect(await readFile(join(place, "pyvenv.cfg"))).toEqual(before);
  await requirements("six==1.16.0\n");
  const next = await environments.environmentOf(folder, "requirements.txt");
  expect(next).not.toBe(place);
  expect((await describePython(join(next, "bin/python"))).packages).toMatchObject({ six: "1.16.0" });
  expect((await readdir(root)).filter((name) => name.startsWith("making-"))).toEqual([]);
  expect(await readdir(folder)).toEqual(["requirements.txt"]);
});

test("settings in uv.toml count: a package comes without what it is said not to need", {
  timeout: 120_000,
}, async () => {
  // The wheel of python-dateutil needs six.
  await requirements("python-dateutil==2.9.0.post0\n");
  const whole = await environments.environmentOf(folder, "requirements.txt");
  expect((await describePython(join(whole, "bin/python"))).packages).toMatchObject({ six: expect.anything() });
  const settings = join(folder, "uv.toml");
  await writeFile(
    settings,
    '[[dependency-metadata]]\nname = "python-dateutil"\nversion = "2.9.0.post0"\nrequires-dist = []\n',
  );
  const alone = await environments.environmentOf(folder, "requirements.txt");
  await rm(settings);
  expect(alone).not.toBe(whole);
  expect(Object.keys((await describePython(join(alone, "bin/python"))).packages)).not.toContain("six");
});

test("a lockfile that cannot be installed says what uv says, and leaves nothing", { timeout: 120_000 }, async () => {
  await requirements("six==99.0\n");
  await expect(environments.environmentOf(folder, "requirements.txt")).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringMatching(/^The environment of requirements\.txt cannot be built: [\s\S]*six==99\.0/),
  });
  expect((await readdir(root)).filter((name) => name.startsWith("making-"))).toEqual([]);
});

test.each(["-r more.txt", "-e .", "./wheels/own.whl", "own @ file:///tmp/own.whl"])(
  "%s is refused, since its content would be no part of the key",
  async (line) => {
    await requirements(`six==1.17.0\n${line}\n`);
    await expect(environments.environmentOf(folder, "requirements.txt")).rejects.toMatchObject({
      code: "invalid",
      message: `requirements.txt: line 2: "${line}" leads to another file, which an environment cannot be built from.`,
    });
  },
);

test("a lockfile that is missing says how to write it", async () => {
  await expect(environments.environmentOf(folder, "uv.lock")).rejects.toMatchObject({
    message: `The environment needs uv.lock, which is not in ${folder}.`,
    next: "Write it beside analysis.yaml with `uv lock`.",
  });
});
