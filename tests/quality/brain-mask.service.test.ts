import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { cases, truthOf } from "./colin-mini.ts";
import { dice, relativeError, volume } from "./dice.ts";
import { readMask } from "./nifti.ts";
import { runAnalysis } from "./run-analysis.ts";

type Quality = { readonly dice: number; readonly error: number };

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the brain masks of the example dataset", () => {
  const found = new Map<string, Quality>();

  beforeAll(async () => {
    for (const one of cases) {
      const { code, stderr, outputs, seconds } = await runAnalysis("brain-mask", {
        inputs: { t1w: { file: "t1w.nii.gz", content: readFileSync(one.image) } },
      });
      expect(code, stderr).toBe(0);
      const mask = readMask(outputs.get("mask.nii.gz") ?? Buffer.alloc(0));
      const quality = { dice: dice(mask, truthOf(one)), error: relativeError(volume(mask), one.brainVolume) };
      found.set(one.name, quality);
      const percent = (100 * quality.error).toFixed(1);
      console.log(
        `${one.name.padEnd(20)} Dice ${quality.dice.toFixed(4)}  volume ${percent} %  ${seconds.toFixed(2)} s`,
      );
    }
    const all = [...found.values()];
    const errors = mean(all.map(({ error }) => Math.abs(error)));
    console.log(
      `mean                 Dice ${mean(all.map((one) => one.dice)).toFixed(4)}  volume ${(100 * errors).toFixed(1)} %`,
    );
  }, 120_000);

  test("are twelve, and agree with the truth: Dice 0.95 in the mean, never below 0.93", () => {
    const values = [...found.values()].map((quality) => quality.dice);
    expect(values).toHaveLength(12);
    expect(mean(values)).toBeGreaterThanOrEqual(0.95);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0.93);
  });

  test("have the right volume: 5 % off in the mean, never more than 10 %", () => {
    const errors = [...found.values()].map(({ error }) => Math.abs(error));
    expect(mean(errors)).toBeLessThanOrEqual(0.05);
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.1);
  });
});
