import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { Network, type StartedNetwork } from "testcontainers";
import { getReaperImage } from "testcontainers/build/reaper/reaper.js";
import { canBePulled, hasImage } from "../../tools/test-cluster/images/docker.ts";
import { run } from "../../tools/test-cluster/run.ts";

/** What the containers and the network of this test process are known by. */
const name = `rollerblade-tests-${process.pid}`;

/** The label of a container that is to be gone when the tests are over. */
export const label = { "rollerblade.tests": name };

const listed = `docker ps --all --quiet --filter label=rollerblade.tests=${name}`;
const listedNetworks = `docker network ls --quiet --filter name=^${name}$`;
const removal = `${listed} | xargs -r docker rm --force --volumes; ${listedNetworks} | xargs -r docker network rm`;

/**
 * Must come before the first container: sees that none outlives this process, however that ends. Testcontainers' own janitor does so, an
 * image that is not everywhere to be had.
 */
export const startJanitor = async (): Promise<void> => {
  const ryuk = getReaperImage();
  const isOff = process.env.TESTCONTAINERS_RYUK_DISABLED === "true";
  if (!isOff && ((await hasImage(ryuk)) || (await canBePulled(ryuk)))) return;
  process.env.TESTCONTAINERS_RYUK_DISABLED = "true";
  // What it reads ends when this process does.
  const janitor = spawn("sh", ["-c", `cat >/dev/null; ${removal}`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  janitor.unref();
  if (janitor.stdin instanceof Socket) janitor.stdin.unref();
};

/** The network of this process, which is to be gone when the tests are over, too. */
export const startNetwork = (): Promise<StartedNetwork> => new Network({ nextUuid: () => name }).start();

/** Removes every container and network of this process, also those whose start failed. */
export const removeOwn = async (): Promise<void> => {
  await run("sh", ["-c", removal]);
};

/** Ids of the containers and networks of this process that are there, whatever their state. */
export const listOwn = async (): Promise<string[]> =>
  (await run("sh", ["-c", `${listed}; ${listedNetworks}`])).split("\n").filter((id) => id !== "");
