import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** `nobody`: root may write wherever it likes, so the work is done by somebody else where root runs the tests. */
const nobody = 65_534;

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "attempt-folder-"));
  if (process.getuid?.() === 0) chownSync(scratch, nobody, nobody);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What a command like git-annex leaves, which protects its objects and their folders. */
const program = `
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
const { attemptFolder, makeAttemptFolder, removeAttemptFolder } = await import(process.argv[1]);
const made = attemptFolder(process.argv[2], "attempt");
makeAttemptFolder(made);
const deep = join(made.tmp, "annex", "objects", "deep");
mkdirSync(deep, { recursive: true });
writeFileSync(join(deep, "content"), "x", { mode: 0o400 });
for (const one of [deep, join(made.tmp, "annex", "objects"), join(made.tmp, "annex")]) chmodSync(one, 0o500);
await removeAttemptFolder(made);
`;

test("folders that nobody may write to are removed with everything else of an attempt", () => {
  const module = new URL("./attempt-folder.ts", import.meta.url).href;
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program, module, scratch], {
    encoding: "utf8",
    env: {},
    ...(process.getuid?.() === 0 && { uid: nobody, gid: nobody }),
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(existsSync(join(scratch, "attempt"))).toBe(false);
});
