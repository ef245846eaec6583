import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseImage, dockerIsThere, ensureBaseImage } from "../../tools/test-cluster/images/docker.ts";
import { run } from "../../tools/test-cluster/run.ts";
import { listOwn, removeOwn, startJanitor } from "./own-containers.ts";
import { RestrictedContainer } from "./restricted-container.ts";
import { startContainer } from "./start-container.ts";

const there = await dockerIsThere();

describe.skipIf(!there)("containers of tests (needs a Docker engine)", () => {
  beforeAll(async () => {
    await startJanitor();
    await ensureBaseImage();
  });
  afterAll(removeOwn);

  it("are reported and removed when they do not come to work", async () => {
    const doomed = new RestrictedContainer(baseImage)
      .withCommand(["sh", "-c", "echo the last words; exit 3"])
      .withHealthCheck({ test: ["CMD", "true"] });
    await expect(startContainer("the doomed one", doomed)).rejects.toThrow(/the doomed one[\s\S]*the last words/);
    await removeOwn();
    expect(await listOwn()).toEqual([]);
  });

  it("are removed when the tests are killed, also where Testcontainers' janitor cannot be had", async () => {
    const script = join(import.meta.dirname, "container-process.ts");
    const env = { ...process.env, TESTCONTAINERS_RYUK_DISABLED: "true" };
    const killed = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "inherit"] });
    const [id] = await once(createInterface({ input: killed.stdout }), "line");
    const isThere = async () => (await run("docker", ["ps", "--all", "--quiet", "--no-trunc"])).includes(String(id));
    expect(await isThere()).toBe(true);
    killed.kill("SIGKILL");
    await expect.poll(isThere).toBe(false);
  });
});
