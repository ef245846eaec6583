import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../e2e/world.ts";
import { killNow, serverOf } from "./processes.ts";
import type { Random } from "./random.ts";

/** What is killed. */
export type Victim = "rollerblade" | "nats-server" | "postgres";

/** How often each victim is killed. */
export const kills = 10;

/** The longest delay before a kill, in milliseconds: long enough that some kills hit start-up and some the middle of the work. */
const maxDelayMs = 4_000;

/** How often the demo is started again before a test gives up. */
const maxStarts = 40;

/**
 * Lets the demo run in a world while one of its parts is killed again and again; where the demo dies with it, it is started again, as a
 * person would. Gives back how many kills hit.
 * @throws when the demo does not end well although nothing is killed any more
 */
export const disturbedDemo = async (world: World, victim: Victim, random: Random): Promise<number> => {
  let hits = 0;
  for (let starts = 0; starts < maxStarts; starts++) {
    const demo = world.start(["demo", "--json"]);
    const output: Buffer[] = [];
    demo.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    demo.stderr?.on("data", (chunk: Buffer) => output.push(chunk));
    const ended = once(demo, "close").then(() => "ended" as const);
    while (hits < kills) {
      const delay = sleep(200 + random() * maxDelayMs, "kill" as const);
      if ((await Promise.race([ended, delay])) === "ended") break;
      const pid = victim === "rollerblade" ? demo.pid : await serverOf(victim, world.folder);
      if (killNow(pid)) hits++;
      if (victim === "rollerblade") break;
    }
    await ended;
    if (hits < kills) continue;
    if (demo.exitCode === 0) return hits;
    console.log(
      `${victim}: the demo ended with ${demo.exitCode ?? demo.signalCode} after ${hits} kills and is started again`,
    );
    if (victim !== "rollerblade") console.log(Buffer.concat(output).toString().slice(-2_000));
  }
  throw new Error(`The demo did not end well in ${maxStarts} starts.`);
};
