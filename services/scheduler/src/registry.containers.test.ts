import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@rollerblade/embedded/testing";
import { findProgram } from "@rollerblade/object-store/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { resolveAtRegistry } from "./analyses/digest-at-registry.ts";

const program = await findProgram("docker-registry");
if (program === null && process.env.CI === "true") throw new Error("No registry: apt-get install docker-registry.");

const answers = (registry: string): Promise<boolean> =>
  fetch(`http://${registry}/v2/`).then(
    ({ ok }) => ok,
    () => false,
  );

describe.skipIf(program === null)("a real registry (needs apt-get install docker-registry)", () => {
  let registry = "";
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollerblade-registry-"));
    const port = await freePort("127.0.0.1");
    const config = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: folder } },
      http: { addr: `127.0.0.1:${port}` },
    };
    await writeFile(join(folder, "config.yml"), JSON.stringify(config));
    const server = spawn(program ?? "", ["serve", join(folder, "config.yml")], { stdio: "ignore" });
    registry = `127.0.0.1:${port}`;
    stop = async () => {
      server.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    };
    await vi.waitUntil(() => answers(registry), { timeout: 20_000 });
  });
  afterAll(() => stop());

  const send = (path: string, method: string, type: string, body: string): Promise<Response> =>
    fetch(new URL(path, `http://${registry}`), { method, body, headers: { "content-type": type } });

  /** An image of no layers, as `docker push` would send it. */
  const push = async (repository: string, tag: string): Promise<string> => {
    const config = JSON.stringify({
      architecture: "amd64",
      os: "linux",
      comment: randomUUID(),
      rootfs: { type: "layers", diff_ids: [] },
    });
    const hash = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
    const upload = await send(`/v2/${repository}/blobs/uploads/`, "POST", "application/octet-stream", "");
    const where = new URL(upload.headers.get("location") ?? "", `http://${registry}`);
    where.searchParams.set("digest", hash(config));
    await send(where.href, "PUT", "application/octet-stream", config);
    const type = "application/vnd.docker.distribution.manifest.v2+json";
    const about = {
      mediaType: "application/vnd.docker.container.image.v1+json",
      size: config.length,
      digest: hash(config),
    };
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: type, config: about, layers: [] });
    const put = await send(`/v2/${repository}/manifests/${tag}`, "PUT", type, manifest);
    expect(put.status).toBe(201);
    return hash(manifest);
  };

  const rules = (host = registry) => ({ registries: [], privateRegistries: [`http://${host}`] });

  test("a tag becomes the digest that it stands for now", async () => {
    const first = await push("lab/mask", "1.0");
    const resolved = { reference: `${registry}/lab/mask@${first}`, code: `image:${first}` };
    expect(await resolveAtRegistry(`${registry}/lab/mask:1.0`, rules())).toEqual(resolved);
    const second = await push("lab/mask", "1.0");
    expect(await resolveAtRegistry(`${registry}/lab/mask:1.0`, rules())).toMatchObject({ code: `image:${second}` });
    expect(second).not.toBe(first);
  });

  test("an image that does not exist is reported", async () => {
    await expect(resolveAtRegistry(`${registry}/lab/absent:1`, rules())).rejects.toMatchObject({ code: "invalid" });
    await expect(resolveAtRegistry("127.0.0.1:9/lab/mask", rules("127.0.0.1:9"))).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});
