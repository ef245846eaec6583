import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { folderTree } from "./folder-tree.ts";

test.each([
  ["a file where a folder would be", "sub-01/anat/sub-01_T1w.nii", false],
  ["a name that is longer than names can be", `sub-01_task-${"x".repeat(300)}_bold.nii`, false],
  ["nothing", "sub-02", false],
  ["a file", "sub-01", true],
])("%s is looked for without a fault", async (_, path, there) => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-folder-tree-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "sub-01"), "a file");
  expect(folderTree(folder).has?.(path)).toBe(there);
});
