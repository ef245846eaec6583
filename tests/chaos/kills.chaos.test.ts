import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoDocument } from "../e2e/demo-document.ts";
import { type FinalState, finalState } from "../e2e/final-state.ts";
import { settle } from "../e2e/settle.ts";
import { createWorld, type World } from "../e2e/world.ts";
import { disturbedDemo, kills } from "./disturbed-demo.ts";
import { chosenSeed, randomOf } from "./random.ts";

/** Brings a world up again, lets it come to rest and reads it. */
const stateAtRest = async (world: World): Promise<FinalState> => {
  await world.up();
  await settle(await world.api());
  const state = await finalState(world, "colin-mini");
  await world.down();
  return state;
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
    undisturbed = await stateAtRest(world);
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
    expect(await stateAtRest(world)).toEqual(undisturbed);
  });
});
