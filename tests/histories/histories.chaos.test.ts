import { afterAll, describe, expect, it } from "vitest";
import { chosenSeed, randomOf } from "../chaos/random.ts";
import { settle } from "../e2e/settle.ts";
import type { World } from "../e2e/world.ts";
import { faultsOf, outcomeOf } from "./compare.ts";
import { freshWorld, giveInputs, randomHistory } from "./history.ts";

/** How many histories, and how many steps each; `npm run histories` takes more of both. */
const histories = Number(process.env.HISTORIES ?? 1);
const steps = Number(process.env.HISTORY_STEPS ?? 25);

// A history does within minutes what takes people weeks: the brake of the pipeline-router is not for it.
process.env.ROLLERBLADE_PIPELINE_ROUTER_STARTS_PER_HOUR ??= "100000";

/** Milliseconds in which a world comes to rest: what a killed process held is delivered again after a while. */
const restMs = 180_000;

describe("whatever a person did and whatever died, the end is that of a fresh system with the same inputs", () => {
  const first = chosenSeed();
  const worlds: World[] = [];
  afterAll(async () => {
    for (const world of worlds) await world.close();
  });

  it.each(Array.from({ length: histories }, (_, at) => first + at))("seed %i", async (seed) => {
    const { world, inputs, log } = await randomHistory(randomOf(seed), steps);
    worlds.push(world);
    const story = `CHAOS_SEED=${seed} HISTORY_STEPS=${steps}\n${log.join("\n")}`;
    await settle(await world.api(), restMs);
    const fresh = await freshWorld();
    worlds.push(fresh);
    await giveInputs(fresh, inputs);
    await settle(await fresh.api(), restMs);
    const expected = await outcomeOf(fresh);
    await fresh.close();
    await expect.poll(() => outcomeOf(world), { timeout: restMs, interval: 1_000, message: story }).toEqual(expected);
    await expect.poll(() => faultsOf(world), { timeout: restMs, interval: 1_000, message: story }).toEqual([]);
    await world.close();
  });
});
