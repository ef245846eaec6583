import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cases } from "../quality/colin-mini.ts";
import { demoDocument } from "./demo-document.ts";
import { createWorld, type World } from "./world.ts";

const truth = new Map(cases.map(({ subject, session, brainVolume }) => [`${subject} ${session}`, brainVolume]));

describe("the demo", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  it("runs 25 executions the first time, and measures every brain within ten per cent", async () => {
    const demo = await world.json(demoDocument, ["demo"]);
    console.log(`first demo: ${JSON.stringify(demo.executions)} in ${demo.seconds} s`);
    expect(demo.scans).toBe(12);
    expect(demo.executions).toEqual({ run: 25, cached: 0, inPlace: 0, failed: 0 });
    const errors = demo.brainVolumes.map(({ subject, session, mL }) => {
      const real = truth.get(`sub-${subject} ses-${session}`) ?? Number.NaN;
      return Math.abs(mL - real) / real;
    });
    expect(errors).toHaveLength(12);
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.1);
    expect(errors.reduce((sum, error) => sum + error, 0) / 12).toBeLessThanOrEqual(0.05);
  });

  it("runs nothing the second time: all 25 are in place", async () => {
    const demo = await world.json(demoDocument, ["demo"]);
    console.log(`second demo: ${JSON.stringify(demo.executions)} in ${demo.seconds} s`);
    expect(demo.executions).toEqual({ run: 0, cached: 0, inPlace: 25, failed: 0 });
    expect(demo.brainVolumes).toHaveLength(12);
  });

  it("runs nothing for the same data under another name: all 25 are cached", async () => {
    const demo = await world.json(demoDocument, ["demo", "--dataset", "colin-mini-again"]);
    console.log(`under another name: ${JSON.stringify(demo.executions)} in ${demo.seconds} s`);
    expect(demo.executions).toMatchObject({ run: 0, cached: 25, failed: 0 });
    expect(demo.brainVolumes).toHaveLength(12);
  });
});
