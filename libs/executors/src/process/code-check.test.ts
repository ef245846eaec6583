import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCodeCheck } from "./code-check.ts";
import { processCode } from "./code-identity.ts";

let folder: string;
let code: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "code-check-"));
  await writeFile(join(folder, "main.js"), "one");
  code = await processCode(folder);
});
afterAll(() => rm(folder, { recursive: true }));

test("an edit is seen by whoever asks after it, also while others are being answered", async () => {
  const check = createCodeCheck();
  const before = [check(code, folder), check(code, folder), check(code, folder)];
  expect(await Promise.all(before)).toEqual([null, null, null]);
  const under = check(code, folder);
  await writeFile(join(folder, "main.js"), "two");
  const after = [check(code, folder), check(code, folder)];
  await under;
  for (const answer of await Promise.all(after)) expect(answer).toMatch(/is no longer what was created/);
  await writeFile(join(folder, "main.js"), "one");
  expect(await check(code, folder)).toBeNull();
});

test("what interpreters and editors leave behind is not code, and the file that was changed is named", async () => {
  const check = createCodeCheck();
  for (const name of ["__pycache__", ".venv", ".ipynb_checkpoints", ".pytest_cache"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "left.py"), "left");
  }
  for (const name of [
    "main.pyc",
    ".main.js.swp",
    "main.js~",
    "#main.js#",
    ".#main.js",
    ".DS_Store",
    "._main.js",
    "run.log",
    "crash-x.pklz",
  ])
    await writeFile(join(folder, name), "left");
  expect(await check(code, folder)).toBeNull();
  await writeFile(join(folder, "other.js"), "new");
  expect(await check(code, folder)).toMatch(
    /\(other\.js is new\); raise the version.*\. If the analysis itself writes/,
  );
  // Code that was created before the server was started is known by its hash alone.
  expect(await check("process:sha256:0", folder)).toMatch(/the last change in it is that of other\.js/);
  await rm(join(folder, "other.js"));
  await writeFile(join(folder, "main.js"), "two");
  expect(await check(code, folder)).toMatch(/\(main\.js has changed\); raise the version.*again$/);
  await rm(join(folder, "main.js"));
  expect(await check(code, folder)).toMatch(/\(main\.js is gone\)/);
  await writeFile(join(folder, "main.js"), "one");
});

test("two folders do not wait for each other, and one that is not there says so", async () => {
  const check = createCodeCheck();
  const [there, nowhere] = await Promise.all([check(code, folder), check(code, join(folder, "nowhere"))]);
  expect(there).toBeNull();
  expect(nowhere).toMatch(/cannot be read/);
});
