import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCodeCheck } from "./code-check.ts";
import { processCode } from "./code-identity.ts";
import { describePython, pythonOf } from "./python-interpreter.ts";

const run = promisify(execFile);

let folder: string;
let python: string;
let packages: string;

/** Makes pip's record of a package, which is all that an interpreter knows of its version. */
const installed = async (name: string, version: string): Promise<void> => {
  const info = join(packages, `${name}-${version}.dist-info`);
  await mkdir(info);
  await writeFile(join(info, "METADATA"), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "python-"));
  await writeFile(join(folder, "main.py"), "print(1)\n");
  // Under a name that no list of names holds: a virtual environment is known by what lies in it.
  await run("python3", ["-m", "venv", "--without-pip", join(folder, "mine")]);
  python = join(folder, "mine/bin/python");
  const [lib = ""] = (await readdir(join(folder, "mine/lib"))).filter((name) => name.startsWith("python"));
  packages = join(folder, "mine/lib", lib, "site-packages");
  await installed("Nibabel_x", "5.4.2");
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

test("an interpreter is described by its version and its packages", async () => {
  expect(await describePython(python)).toMatchObject({
    version: expect.stringMatching(/^\w+ 3\.\d+\.\d+/),
    packages: { "nibabel-x": "5.4.2" },
  });
});

test("another version of a package is other code, and the refusal names it", async () => {
  const check = createCodeCheck();
  const before = await processCode(folder, python);
  expect(await check(before, folder, python)).toBeNull();
  await rename(join(packages, "Nibabel_x-5.4.2.dist-info"), join(packages, "old"));
  await installed("Nibabel_x", "5.3.2");
  expect(await check(before, folder, python)).toContain(
    "(the Python package nibabel-x was 5.4.2 and is 5.3.2); raise the version",
  );
  await installed("more", "1.0");
  expect(await check(before, folder, python)).toContain("and is 5.3.2, the Python package more is new)");
  for (const name of ["Nibabel_x-5.3.2.dist-info", "more-1.0.dist-info"])
    await rm(join(packages, name), { recursive: true });
  await rename(join(packages, "old"), join(packages, "Nibabel_x-5.4.2.dist-info"));
  expect(await processCode(folder, python)).toBe(before);
  expect(await check(before, folder, python)).toBeNull();
});

test("code that Python does not start is what it was without one", async () => {
  expect(await pythonOf(["node", "main.js"], folder, null)).toBeNull();
  expect(await processCode(folder, null)).not.toBe(await processCode(folder, python));
});

test("an interpreter is found as the process finds it", async () => {
  expect(await pythonOf(["mine/bin/python", "main.py"], folder, null)).toBe(python);
  expect(await pythonOf(["python", "main.py"], folder, join(folder, "mine"))).toBe(python);
  expect(await pythonOf(["bash", "run.sh"], folder, join(folder, "mine"))).toBe(python);
  await expect(pythonOf(["python9.99", "main.py"], folder, null)).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringMatching(/^There is no program "python9\.99" in .*\/usr\/bin/),
    next: expect.stringContaining("environment: requirements.txt"),
  });
});

test("an interpreter that cannot start says why", async () => {
  const broken = join(folder, "python3");
  await writeFile(broken, "#!/bin/sh\necho 'no module named encodings' >&2\nexit 1\n", { mode: 0o755 });
  await expect(describePython(broken)).rejects.toMatchObject({
    message: `The Python interpreter ${broken} cannot be used: no module named encodings.`,
  });
  await rm(broken);
});
