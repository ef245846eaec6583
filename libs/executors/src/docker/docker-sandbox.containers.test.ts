import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { baseImage, dockerIsThere, ensureBaseImage } from "../../../../tools/test-cluster/images/docker.ts";
import { attemptFolder, makeAttemptFolder } from "../local/attempt-folder.ts";
import type { Command } from "../local/sandbox.ts";
import { containerSpec } from "./container-spec.ts";
import { createDockerSandbox } from "./docker-sandbox.ts";

const there = await dockerIsThere();

describe.skipIf(!there)("the container of a scheduler that died (needs a Docker engine)", () => {
  const docker = new Docker();
  const installation = randomUUID();
  const sandbox = createDockerSandbox(installation, { cpu: 1, memory: 2 ** 30 });
  let scratch = "";

  beforeAll(async () => {
    await ensureBaseImage();
    scratch = await mkdtemp(join(tmpdir(), "rollerblade-sandbox-"));
  });
  afterAll(async () => {
    for (const attempt of await sandbox.present()) await sandbox.sweep(attempt);
    await rm(scratch, { recursive: true, force: true });
  });

  /** A container that was made and not started, of a command that writes a line each time that it runs. */
  const make = async (argv = ["sh", "-c", "echo ran >>$ROLLERBLADE_OUT/runs"]) => {
    const attempt = randomUUID();
    const folder = attemptFolder(scratch, attempt);
    makeAttemptFolder(folder);
    const limits = { cpu: 1, memory: 2 ** 26, timeout: 60 };
    const command: Command = {
      attempt,
      argv,
      folder,
      image: baseImage,
      code: null,
      network: null,
      startIn: null,
      manifest: { process: null },
      traceparent: "",
      ...limits,
    };
    const container = await docker.createContainer(containerSpec(command, installation, "65534:65534"));
    return { command, container, runs: () => readFile(join(folder.out, "runs"), "utf8") };
  };

  test("writes to no volume that its image declares, reads what the image has there, and leaves none", async () => {
    const image = `rollerblade-test-volume:${installation}`;
    const base = await docker.createContainer({
      Image: baseImage,
      User: "0:0",
      Cmd: ["sh", "-c", "mkdir /opt/data && echo atlas >/opt/data/atlas && chmod 777 /opt/data"],
    });
    await base.start();
    await base.wait();
    await base.commit({ repo: "rollerblade-test-volume", tag: installation, changes: "VOLUME /opt/data" });
    await base.remove();
    try {
      const { command } = await make();
      const { how, exitCode } = await sandbox.run({
        ...command,
        attempt: randomUUID(),
        image,
        argv: [
          "sh",
          "-c",
          "cp /opt/data/atlas $ROLLERBLADE_OUT/; echo x >/opt/data/x && touch $ROLLERBLADE_OUT/wrote; true",
        ],
      });
      expect([how, exitCode]).toEqual(["exited", 0]);
      expect(await readdir(command.folder.out)).toEqual(["atlas"]);
      const left = await docker.listVolumes({ filters: { label: [`rollerblade.installation=${installation}`] } });
      expect(left.Volumes).toEqual([]);
      await sandbox.sweep(command.attempt);
    } finally {
      await docker.getImage(image).remove({ force: true });
    }
  });

  test("is started when it was only made", async () => {
    const { command, runs } = await make();
    expect(await sandbox.adopt(command)).toMatchObject({ how: "exited", exitCode: 0 });
    expect(await runs()).toBe("ran\n");
    expect(await sandbox.present()).toEqual([]);
  });

  test("does not run again when it has ended", async () => {
    const { command, container, runs } = await make();
    await container.start();
    await container.wait();
    expect(await sandbox.adopt(command)).toMatchObject({ how: "exited", exitCode: 0 });
    expect(await runs()).toBe("ran\n");
  });

  test("is followed while it runs, from the beginning to its end", async () => {
    const { command, container } = await make([
      "sh",
      "-c",
      "echo one; echo two; until [ -e $ROLLERBLADE_OUT/go ]; do sleep 0.1; done; echo three",
    ]);
    const exit = sandbox.adopt(command);
    // The log of a container that does not run yet ends at once.
    await expect.poll(async () => (await container.inspect()).State.Running).toBe(true);
    const live = await vi.waitUntil(() => sandbox.follow(command.attempt));
    let said = "";
    live?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await expect.poll(() => said).toBe("one\ntwo\n");
    await writeFile(join(command.folder.out, "go"), "");
    expect((await exit)?.log).toBe("one\ntwo\nthree\n");
    await expect.poll(() => live?.readableEnded).toBe(true);
    expect(said).toBe("one\ntwo\nthree\n");
    expect(await sandbox.follow(command.attempt)).toBeNull();
  });

  test("that somebody removed is nobody's", async () => {
    const { command, container } = await make();
    await container.remove();
    expect(await sandbox.adopt(command)).toBeNull();
  });
});
