import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoDocument } from "../e2e/demo-document.ts";
import { type FinalState, finalState } from "../e2e/final-state.ts";
import { settle } from "../e2e/settle.ts";
import { createWorld, type World } from "../e2e/world.ts";
import { disturbedDemo, kills } from "./disturbed-demo.ts";
import { chosenSeed, randomOf } from "./random.ts";

/** Milliseconds in which everything has arrived: what a killed process had in hand is delivered again after a while. */
const timeoutMs = 60_000;

const read = (world: World): Promise<FinalState> => finalState(world, "colin-mini");

/** Brings a world up again, lets it come to rest, and looks at it. */
const atRest = async (world: World, look: () => Promise<void>): Promise<void> => {
  await world.up();
  await settle(await world.api());
  await look();
  await world.down();
};

describe("a demo whose parts are killed ends as if nothing had happened", () => {
  const random = randomOf(chosenSeed());
  let undisturbed: FinalState;
  const worlds: World[] = [];
  const newWorld = async (): Promise<World> => {
    const world = await createWorld();
    worlds.push(world);
    return world;
  };

  beforeAll(async () => {
    const world = await newWorld();
    await world.json(demoDocument, ["demo"]);
    await atRest(world, async () => {
      undisturbed = await read(world);
    });
    expect(undisturbed.derivatives.length).toBeGreaterThanOrEqual(25);
    expect(undisturbed.results.length).toBeGreaterThan(25);
  });
  afterAll(async () => {
    for (const world of worlds) await world.close();
  });

  it.each(["rollerblade", "nats-server", "postgres"] as const)("%s is killed ten times", async (victim) => {
    const world = await newWorld();
    const hits = await disturbedDemo(world, victim, random);
    expect(hits).toBe(kills);
    await atRest(world, () =>
      expect.poll(() => read(world), { timeout: timeoutMs, interval: 1_000 }).toEqual(undisturbed),
    );
  });
});
