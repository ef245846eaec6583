import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadSecrets } from "./secrets.ts";

const folder = await mkdtemp(join(tmpdir(), "secrets-"));
afterAll(() => rm(folder, { recursive: true }));

test("secrets are made once and read again, and a damaged file is named and left alone", async () => {
  const made = await loadSecrets(folder, ["catalog"], ["catalog"]);
  expect(await loadSecrets(folder, ["catalog"], ["catalog"])).toEqual(made);
  const path = join(folder, "secrets.json");
  await writeFile(path, "{");
  await expect(loadSecrets(folder, ["catalog"])).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringMatching(/^.*secrets\.json is damaged, and holds the password/),
  });
});
