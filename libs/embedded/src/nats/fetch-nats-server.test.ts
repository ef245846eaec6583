import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Way } from "@rollerblade/programs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../log.ts";
import { fetchNatsServer } from "./fetch-nats-server.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollerblade-fetch-"));
});
afterEach(() => rm(folder, { recursive: true }));

const fails: Way = {
  name: "a closed door",
  fetch: async () => {
    throw new Error("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND") });
  },
};
const works: Way = { name: "an open door", fetch: (target) => writeFile(target, "program") };

test("what the first way does not give, the next one does", async () => {
  await fetchNatsServer(join(folder, "nats-server"), silentLog, [fails, works]);
  expect(await readdir(folder)).toEqual(["nats-server"]);
  expect(await readFile(join(folder, "nats-server"), "utf8")).toBe("program");
});

test("when no way works the error reports the answer of each, and names all ways by hand", async () => {
  const failed = fetchNatsServer(join(folder, "nats-server"), silentLog, [fails, fails]);
  await expect(failed).rejects.toMatchObject({
    code: "unavailable",
    next: expect.stringMatching(/releases.*pip install.*go install/),
    findings: [
      { where: "a closed door", message: "fetch failed: getaddrinfo ENOTFOUND" },
      { where: "a closed door", message: "fetch failed: getaddrinfo ENOTFOUND" },
    ],
  });
  expect(await readdir(folder)).toEqual([]);
});
