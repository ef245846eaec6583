import { afterAll, describe, expect, it, onTestFailed } from "vitest";
import { chosenSeed, randomOf } from "../chaos/random.ts";
import { settle } from "../e2e/settle.ts";
import { faultsOf, outcomeOf } from "./compare.ts";
import { giveInputs, randomHistory, restMs, startWorld } from "./history.ts";
import { createHistoryWorld, type HistoryWorld, type Killed } from "./history-world.ts";

/** How many histories, and how many steps each; `npm run histories` takes more of both. */
const histories = Number(process.env.HISTORIES ?? 2);
const steps = Number(process.env.HISTORY_STEPS ?? 25);
/** A start of PostgreSQL costs seconds, so of ten histories one kills everything, beginning with the second; `HISTORY_KILLS` chooses one kind. */
const killedBy = (at: number): Killed => {
  const { HISTORY_KILLS: chosen } = process.env;
  if (chosen === "services" || chosen === "everything") return chosen;
  return at % 10 === 1 ? "everything" : "services";
};

describe("whatever a person did and whatever died, the end is that of a fresh system with the same inputs", () => {
  const first = chosenSeed();
  const worlds = new Set<HistoryWorld>();
  afterAll(async () => {
    for (const world of worlds) await world.close();
  });

  const newWorld = async (killed: Killed): Promise<HistoryWorld> => {
    const world = await createHistoryWorld(killed);
    worlds.add(world);
    return world;
  };
  const close = async (world: HistoryWorld): Promise<void> => {
    worlds.delete(world);
    await world.close();
  };

  it.each(Array.from({ length: histories }, (_, at) => ({ seed: first + at, killed: killedBy(at) })))(
    "seed $seed, kills $killed",
    async ({ seed, killed }) => {
      const log: string[] = [];
      const [world, fresh] = [await newWorld(killed), await newWorld("services")];
      onTestFailed(async () => {
        worlds.delete(world);
        await world.close({ keep: true });
        console.log(
          `CHAOS_SEED=${seed} HISTORY_STEPS=${steps} HISTORY_KILLS=${killed} HISTORIES=1, what the services logged is in ${world.folder}\n${log.join("\n")}`,
        );
      });
      const [inputs] = await Promise.all([randomHistory(world, randomOf(seed), steps, log), startWorld(fresh)]);
      // Side by side: the world with a history mostly waits, for what its killed processes held.
      await Promise.all([
        settle(world.api(), restMs),
        giveInputs(fresh, inputs).then(() => settle(fresh.api(), restMs)),
      ]);
      const expected = await outcomeOf(fresh);
      await close(fresh);
      await expect.poll(() => outcomeOf(world), { timeout: restMs, interval: 200 }).toEqual(expected);
      await expect.poll(() => faultsOf(world), { timeout: restMs, interval: 200 }).toEqual([]);
      await close(world);
    },
  );
});
