import { afterAll, describe, expect, it, onTestFailed } from "vitest";
import { chosenSeed, randomOf } from "../chaos/random.ts";
import { settle } from "../e2e/settle.ts";
import { createWorld, type World } from "../e2e/world.ts";
import { faultsOf, outcomeOf } from "./compare.ts";
import { giveInputs, randomHistory, restMs, startWorld } from "./history.ts";

/** How many histories, and how many steps each; `npm run histories` takes more of both. */
const histories = Number(process.env.HISTORIES ?? 1);
const steps = Number(process.env.HISTORY_STEPS ?? 25);

// A history does within minutes what takes people weeks: the brake of the pipeline-router is not for it.
process.env.ROLLERBLADE_PIPELINE_ROUTER_STARTS_PER_HOUR ??= "100000";

describe("whatever a person did and whatever died, the end is that of a fresh system with the same inputs", () => {
  const first = chosenSeed();
  const worlds: World[] = [];
  afterAll(async () => {
    for (const world of worlds) await world.close();
  });

  const newWorld = async (): Promise<World> => {
    const world = await createWorld();
    worlds.push(world);
    return world;
  };

  it.each(Array.from({ length: histories }, (_, at) => first + at))("seed %i", async (seed) => {
    const log: string[] = [];
    onTestFailed(() => console.log(`CHAOS_SEED=${seed} HISTORY_STEPS=${steps}\n${log.join("\n")}`));
    const [world, fresh] = [await newWorld(), await newWorld()];
    const [inputs] = await Promise.all([randomHistory(world, randomOf(seed), steps, log), startWorld(fresh)]);
    // Side by side: the world with a history mostly waits, for what its killed processes held.
    await Promise.all([
      settle(await world.api(), restMs),
      giveInputs(fresh, inputs).then(async () => settle(await fresh.api(), restMs)),
    ]);
    const expected = await outcomeOf(fresh);
    await fresh.close();
    await expect.poll(() => outcomeOf(world), { timeout: restMs, interval: 1_000 }).toEqual(expected);
    await expect.poll(() => faultsOf(world), { timeout: restMs, interval: 1_000 }).toEqual([]);
    await world.close();
  });
});
