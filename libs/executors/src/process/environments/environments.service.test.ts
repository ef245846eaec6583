import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { describePython, pythonOf } from "../python-interpreter.ts";
import { createEnvironments, type Environments } from "./environments.ts";
import { findUv } from "./find-uv.ts";

let folder: string;
let root: string;
let environments: Environments;

const requirements = (text: string): Promise<void> => writeFile(join(folder, "requirements.txt"), text);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "environment-"));
  root = await mkdtemp(join(tmpdir(), "environments-"));
  environments = createEnvironments(root);
});
afterAll(() => Promise.all([folder, root].map((one) => rm(one, { recursive: true }))));

test("an environment is built once for its content, also by two servers at once", { timeout: 120_000 }, async () => {
  await requirements("six==1.17.0\n");
  const other = createEnvironments(root);
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

afterEach(() => vi.unstubAllEnvs());

const run = promisify(execFile);
const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

test("a project with a lockfile of uv is installed as it is locked", { timeout: 120_000 }, async () => {
  await write(
    "pyproject.toml",
    '[project]\nname = "own"\nversion = "1.0.0"\nrequires-python = ">=3.9"\ndependencies = ["six==1.16.0"]\n',
  );
  const uv = (await findUv(root)) ?? "";
  const index = process.env.PIP_INDEX_URL;
  await run(uv, ["lock", "--quiet"], {
    cwd: folder,
    env: { ...process.env, ...(index !== undefined && { UV_DEFAULT_INDEX: index }) },
  });
  const place = await environments.environmentOf(folder, "uv.lock");
  expect((await describePython(join(place, "bin/python"))).packages).toMatchObject({ six: "1.16.0" });
  expect(await environments.environmentOf(folder, "uv.lock")).toBe(place);
  await write("uv.lock", (await readFile(join(folder, "uv.lock"), "utf8")).replaceAll("1.16.0", "99.0"));
  await expect(environments.environmentOf(folder, "uv.lock")).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("The environment of uv.lock cannot be built:"),
  });
});

test("the packages of a package-lock.json are installed once, and are where Node looks for them", {
  timeout: 120_000,
}, async () => {
  const own = { name: "own", version: "1.0.0", type: "module", dependencies: { semver: "7.7.2" } };
  await write("package.json", JSON.stringify(own));
  await run("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  await write("main.js", 'import { inc } from "semver"; console.log(inc("1.0.0", "minor"));');
  const place = await environments.environmentOf(folder, "package-lock.json");
  expect(await environments.environmentOf(folder, "package-lock.json")).toBe(place);
  expect(await readlink(join(folder, "node_modules"))).toBe(join(place, "node_modules"));
  expect((await run(process.execPath, ["main.js"], { cwd: folder })).stdout).toBe("1.1.0\n");
  expect((await run(join(place, "bin/semver"), ["2.0.0"])).stdout).toBe("2.0.0\n");
  // Python is none of it.
  expect(await pythonOf(["node", "main.js"], folder, place)).toBeNull();
  await rm(join(folder, "node_modules"));
  await mkdir(join(folder, "node_modules"));
  await expect(environments.environmentOf(folder, "package-lock.json")).rejects.toMatchObject({
    message: expect.stringContaining("node_modules is in the way"),
  });
  await rm(join(folder, "node_modules"), { recursive: true });
  const linked = { lockfileVersion: 3, packages: { "node_modules/own": { resolved: "../own", link: true } } };
  await write("package-lock.json", JSON.stringify(linked, null, 2));
  await expect(environments.environmentOf(folder, "package-lock.json")).rejects.toMatchObject({
    message: expect.stringContaining("leads to another file"),
  });
});

test("without conda, an environment of conda says what to install, or to write instead", async () => {
  await write("environment.yml", "dependencies:\n  - python=3.12\n");
  vi.stubEnv("PATH", folder);
  vi.stubEnv("HOME", folder);
  await expect(environments.environmentOf(folder, "environment.yml")).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(
      /^environment\.yml describes an environment of conda, and none of micromamba, mamba/,
    ),
    next: expect.stringContaining("write a requirements.txt"),
  });
});

/** Makes of a prefix what conda makes of it, as far as it is looked at: conda itself is 100 MB. */
const standIn = `#!/bin/sh
echo "$@" > "$(dirname "$0")/called"
while [ $# -gt 1 ]; do
  case "$1" in --prefix) prefix="$2";; --file) file="$2";; esac
  shift
done
grep -q "no-such-package" "$file" && { echo "nothing provides no-such-package" >&2; exit 1; }
mkdir -p "$prefix/bin" "$prefix/conda-meta"
echo '{}' > "$prefix/conda-meta/fsl-6.0.7-h1_0.json"
ln -s "$(command -v python3)" "$prefix/bin/python"
`;

test("conda builds where the environment stays, and its place is a link to it", async () => {
  const tools = await mkdtemp(join(tmpdir(), "conda-"));
  await writeFile(join(tools, "micromamba"), standIn);
  await chmod(join(tools, "micromamba"), 0o755);
  vi.stubEnv("PATH", [tools, process.env.PATH].join(delimiter));
  await write("environment.yml", "dependencies:\n  - python\n  - fsl\n");
  const other = createEnvironments(root);
  const [place, again] = await Promise.all(
    [environments, other].map((one) => one.environmentOf(folder, "environment.yml")),
  );
  expect(again).toBe(place);
  const prefix = await readlink(place ?? "");
  expect(dirname(prefix)).toBe(root);
  expect(await readFile(join(tools, "called"), "utf8")).toMatch(
    /^create --yes --quiet --prefix \S+ --file environment\.yml\n$/,
  );
  expect(await pythonOf(["fslmaths"], folder, place ?? "")).toBe(join(place ?? "", "bin/python"));
  // Whoever was slower has removed what it had built.
  expect((await readdir(root)).filter((name) => name.startsWith("conda-"))).toEqual([basename(prefix)]);
  await write("environment.yml", "dependencies:\n  - no-such-package\n");
  await expect(environments.environmentOf(folder, "environment.yml")).rejects.toMatchObject({
    message: "The environment of environment.yml cannot be built: nothing provides no-such-package",
    next: expect.stringContaining("`micromamba create -f environment.yml`"),
  });
  await write("environment.yml", "dependencies:\n  - pip:\n    - -r requirements.txt\n");
  await expect(environments.environmentOf(folder, "environment.yml")).rejects.toMatchObject({
    message: expect.stringContaining("line 3"),
  });
  await rm(tools, { recursive: true });
});
