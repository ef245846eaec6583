import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findServer } from "./find-server.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollerblade-"));
  const server = { url: "http://127.0.0.1:7777", token: "of-the-file", pid: process.pid };
  await writeFile(join(folder, "server.json"), JSON.stringify(server), { mode: 0o600 });
  vi.stubEnv("ROLLERBLADE_FOLDER", folder);
  vi.stubEnv("ROLLERBLADE_URL", "");
  vi.stubEnv("ROLLERBLADE_TOKEN", "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test("a token is not sent to a server that only a folder names", async () => {
  vi.stubEnv("ROLLERBLADE_TOKEN", "of-another-server");
  await expect(findServer()).rejects.toMatchObject({
    code: "invalid",
    subject: "ROLLERBLADE_TOKEN",
    next: expect.stringContaining("ROLLERBLADE_URL=http://127.0.0.1:7777"),
  });
  vi.stubEnv("ROLLERBLADE_URL", "http://127.0.0.1:7777");
  expect((await findServer()).url).toBe("http://127.0.0.1:7777");
});

test("without a token the one of the folder is used", async () => {
  expect((await findServer()).url).toBe("http://127.0.0.1:7777");
  vi.stubEnv("ROLLERBLADE_TOKEN", "of-the-file");
  expect((await findServer()).url).toBe("http://127.0.0.1:7777");
});

test.runIf(process.getuid?.() === 0)("a file that somebody else wrote names no server", async () => {
  const { chown } = await import("node:fs/promises");
  await chown(join(folder, "server.json"), 65_534, 65_534);
  await expect(findServer()).rejects.toMatchObject({ code: "unavailable" });
});
