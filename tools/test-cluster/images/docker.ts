import { execFile, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { repository } from "../folder.ts";

const run = promisify(execFile);

/** What the images of the project build on. */
export const baseImage = "node:24-bookworm-slim";

const answers = async (): Promise<boolean> =>
  run("docker", ["info"]).then(
    () => true,
    () => false,
  );

/** Starts an engine where none runs, root may, and one is installed. It goes on when the tests end, for the next ones. */
const startEngine = async (): Promise<boolean> => {
  if (process.getuid?.() !== 0) return false;
  const log = openSync(join(tmpdir(), "dockerd.log"), "a");
  const engine = spawn("dockerd", ["--storage-driver", "overlay2"], { detached: true, stdio: ["ignore", log, log] });
  engine.on("error", () => {});
  engine.unref();
  for (let tries = 0; tries < 60; tries++) {
    if (await answers()) return true;
    if (engine.exitCode !== null) return false;
    await sleep(500);
  }
  return false;
};

/** Whether there is a Docker engine now. @throws where everything must run and there is none */
export const dockerIsThere = async (): Promise<boolean> => {
  if ((await answers()) || (await startEngine())) return true;
  if (process.env.CI === "true")
    throw new Error("No Docker engine answers: install docker.io, and run as root or start it.");
  return false;
};

/** Whether an image is on this machine. */
export const hasImage = async (image: string): Promise<boolean> =>
  run("docker", ["image", "inspect", image]).then(
    () => true,
    () => false,
  );

/** Whether an image could be fetched from its registry. */
export const canBePulled = async (image: string): Promise<boolean> =>
  run("docker", ["pull", "--quiet", image], { timeout: 120_000 }).then(
    () => true,
    () => false,
  );

/** The base image: here already, pulled, or made from packages. */
export const ensureBaseImage = async (): Promise<void> => {
  if ((await hasImage(baseImage)) || (await canBePulled(baseImage))) return;
  await run(join(repository, "tools/test-cluster/images/make-base-image.sh"), [process.versions.node], {
    maxBuffer: 1 << 26,
  });
};
