import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { madeNifti } from "../convert/made-images.ts";
import { createWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.up();
});
afterAll(() => world.close());

test("loose images are converted and imported in one command, and again only what is new", async () => {
  const source = join(world.folder, "source");
  mkdirSync(source, { recursive: true });
  const add = (person: string): void =>
    writeFileSync(join(source, `${person}_T1.nii.gz`), madeNifti({ seed: Number(person) }));
  add("01");
  add("02");
  const mapping = join(world.folder, "mapping.yaml");
  writeFileSync(
    mapping,
    'version: 1\ndataset: { Name: Loose }\nimages: [{ from: "{subject}_T1.nii.gz", to: { suffix: T1w } }]\n',
  );
  const environment = { XDG_DATA_HOME: join(world.folder, "data") };
  const convert = () => world.run(["dataset", "convert", source, "--mapping", mapping, "--to", "loose"], environment);

  const first = await convert();
  expect(first).toMatchObject({ code: 0 });
  expect(first.stderr).toContain("2 converted, 0 unchanged");
  /** The last column of each row. */
  const labels = async (): Promise<readonly (string | undefined)[]> => {
    const { stdout } = await world.run(["query", "true", "--columns", "subject.label", "--output", "tsv"]);
    return stdout
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t").at(-1));
  };
  expect(await labels()).toEqual(["01", "02"]);

  add("03");
  expect((await convert()).stderr).toContain("1 converted, 2 unchanged");
  expect(await labels()).toEqual(["01", "02", "03"]);
});
