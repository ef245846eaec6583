import { join } from "node:path";
import { derivativeDatasetsIn } from "@rollerblade/embedded/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoDocument } from "./demo-document.ts";
import { writeAnalysis } from "./failing-analysis.ts";
import { errorsOf, hasValidator } from "./official-validator.ts";
import { settle } from "./settle.ts";
import { createWorld, root, type World } from "./world.ts";

describe.skipIf(!hasValidator)("what is published and handed out is valid BIDS for the official validator", () => {
  let world: World;
  const must = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await world.run(args);
    expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
    return stderr;
  };

  beforeAll(async () => {
    world = await createWorld();
    await world.json(demoDocument, ["demo"]);
    await world.up();
  });
  afterAll(() => world.close());

  it("the example dataset, for the validator and for `dataset check`", async () => {
    expect(await errorsOf(join(root, "examples/datasets/colin-mini"))).toEqual([]);
    await must("dataset", "check", join(root, "examples/datasets/colin-mini"));
  });

  it("the dataset in the bucket, and each of the three derivative datasets", async () => {
    expect(await errorsOf(join(world.bucket, "datasets/colin-mini"))).toEqual([]);
    const folders = await derivativeDatasetsIn(world.bucket);
    expect(folders).toHaveLength(3);
    for (const folder of folders) expect(await errorsOf(folder), folder).toEqual([]);
  });

  it("the derivative dataset of an analysis whose names BIDS does not have, which is a warning when it is created", async () => {
    const code = "fs.copyFileSync(t1w, image);";
    const path = await writeAnalysis(world.folder, { name: "odd", code }, "{entities}_desc-odd_picture.nii.gz");
    expect(await must("analysis", "create", path)).toMatch(/desc-odd_picture\.nii\.gz is not a BIDS name/);
    await must("run", "odd", "--query", 'subject.label == "01"', "--follow");
    await settle(await world.api());
    for (const folder of await derivativeDatasetsIn(world.bucket)) expect(await errorsOf(folder), folder).toEqual([]);
  });

  it("the whole dataset and a part of it, handed out", async () => {
    const whole = join(world.folder, "whole");
    await must("dataset", "export", "colin-mini", whole, "--derivatives");
    const part = join(world.folder, "part");
    await must("query", "download", 'subject.label == "03"', part, "--dataset", "colin-mini");
    for (const folder of [whole, join(part, "colin-mini")]) {
      expect(await errorsOf(folder), folder).toEqual([]);
      await must("dataset", "check", folder);
    }
  });
});
