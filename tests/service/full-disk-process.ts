/**
 * `node full-disk-process.ts FOLDER`: starts nats-server on a small disk, fills it, makes room again, and prints what was stored meanwhile
 * and that the server stores again, as one line of JSON. It is a program of its own since the disk is mounted in its name space only.
 */
import { statfsSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { newNatsSeed, startNats } from "@rollerblade/embedded";
import { connectNats } from "@rollerblade/events";

const folder = process.argv[2] ?? "";
const warnings: string[] = [];
const log = { info: () => {}, warn: (_fields: object, message: string) => void warnings.push(message) };
const nats = await startNats({ folder: join(folder, "nats"), seeds: { operator: newNatsSeed() }, log });
const connection = await connectNats({ url: nats.url(), name: "full-disk" });
const manager = await jetstreamManager(connection);
await manager.streams.add({ name: "EVENTS", subjects: ["events"] });
const stream = jetstream(connection);

/** Bytes of a message: several fit into the room that is left. */
const messageBytes = 100_000;

const isStored = async (): Promise<boolean> => {
  try {
    await stream.publish("events", new Uint8Array(messageBytes), { timeout: 500 });
    return true;
  } catch {
    return false;
  }
};

const storedBefore = await isStored();
const { bavail, bsize } = statfsSync(folder);
writeFileSync(join(folder, "ballast"), new Uint8Array(bavail * bsize - 2 * messageBytes));
while (await isStored());
await rm(join(folder, "ballast"));
// The error stays although there is space: without a restart it would stay for ever.
const storedAtOnce = await isStored();
const freed = Date.now();
while (!(await isStored()) && Date.now() - freed < 60_000) await sleep(100);
const seconds = (Date.now() - freed) / 1000;
const { state } = await manager.streams.info("EVENTS");
process.stdout.write(
  `${JSON.stringify({ storedBefore, storedAtOnce, storesAgain: await isStored(), seconds, messages: state.messages, warnings })}\n`,
);
await connection.close();
await nats.stop();
process.exit(0);
