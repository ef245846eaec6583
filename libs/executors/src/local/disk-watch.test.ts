import { link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usedBytes, watchDisk } from "./disk-watch.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "disk-watch-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("what lies in folders is counted once, without holes and without what links lead to", async () => {
  const [out, tmp] = [join(folder, "out"), join(folder, "tmp")];
  await mkdir(join(out, "deep", "deeper"), { recursive: true });
  await mkdir(tmp);
  const empty = await usedBytes([out, tmp]);
  await writeFile(join(out, "deep", "deeper", "file"), Buffer.alloc(2 ** 20, 1));
  await link(join(out, "deep", "deeper", "file"), join(tmp, "again"));
  await symlink("/usr", join(tmp, "link"));
  await writeFile(join(tmp, "hole"), "");
  await truncate(join(tmp, "hole"), 2 ** 30);
  const used = (await usedBytes([out, tmp, join(folder, "nowhere")])) - empty;
  expect(used).toBeGreaterThanOrEqual(2 ** 20);
  expect(used).toBeLessThan(2 ** 20 + 64 * 1_024);
});

test("a command that takes more than it may is ended once, with what was found", async () => {
  const own = join(folder, "own");
  await mkdir(own);
  await writeFile(join(own, "file"), Buffer.alloc(2 ** 20, 1));
  const found = await new Promise<number | null>((resolve) => {
    const watch = watchDisk([own], 2 ** 19, () => resolve(watch.exceeded()));
  });
  expect(found).toBeGreaterThanOrEqual(2 ** 20);
});
