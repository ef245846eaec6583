import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { schedulerRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { buildImage } from "../../tools/test-cluster/images/build-image.ts";
import { dockerIsThere, ensureBaseImage } from "../../tools/test-cluster/images/docker.ts";
import { hashesOfFolder } from "../e2e/bids-app.ts";
import { settle } from "../e2e/settle.ts";
import { createWorld, root, type World } from "../e2e/world.ts";

const there = await dockerIsThere();
const started = z.looseObject({ id: z.uuid() });
const app = join(root, "examples/analyses/bids-app");

describe.skipIf(!there)("a BIDS App (needs a Docker engine)", () => {
  let world: World;

  const must = async (...args: string[]): Promise<void> => {
    const { code, stdout, stderr } = await world.run(args);
    expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
  };
  const runOver = async (analysis: string) => {
    const { id } = await world.json(started, ["run", analysis, "--query", 'scan.suffix == "T1w"']);
    const api = await world.api();
    await settle(api, 240_000);
    const { items } = await api.call(schedulerRoutes.listTasks, { query: { run: id } });
    return items.map(({ outcome, reason }) => ({ outcome, reason }));
  };
  const folderOf = (name: string): string => join(world.bucket, "datasets/colin-mini/derivatives", name);

  beforeAll(async () => {
    await ensureBaseImage();
    await buildImage(app, "rollerblade/bids-app:1.0.0");
    world = await createWorld();
    const data = await world.copyOfColin();
    for (const subject of ["04", "05", "06", "07", "08"]) await rm(join(data, `sub-${subject}`), { recursive: true });
    await world.up();
    await must("dataset", "import", data);
  });
  afterAll(() => world?.close());

  it("makes the same trees as a process and in its image, a subject each and then for the group, and the second time nothing", async () => {
    await must("analysis", "create", app);
    await must("analysis", "create", join(app, "group.yaml"));
    const ran = { outcome: "ran", reason: "" };
    expect(await runOver("prep")).toEqual([ran, ran, ran]);
    expect(await runOver("prep-group")).toEqual([ran]);
    // The same manifests for the image, with its own entry point.
    const contained = join(world.folder, "contained");
    await cp(app, contained, { recursive: true });
    for (const file of ["analysis.yaml", "group.yaml"]) {
      const text = await readFile(join(contained, file), "utf8");
      const image = text.replace(/^version: .*/m, "version: 1.1.0").replace("version: ^1,", "version: 1.1.0,");
      await writeFile(join(contained, file), image);
      await must("analysis", "create", join(contained, file), "--executor", "docker");
    }
    expect(await runOver("prep@1.1.0")).toEqual([ran, ran, ran]);
    expect(await runOver("prep-group@1.1.0")).toEqual([ran]);
    for (const name of ["prep", "prep-group"])
      expect(await hashesOfFolder(folderOf(`${name}-1.1.0`))).toEqual(await hashesOfFolder(folderOf(`${name}-1.0.0`)));
    const made = Object.keys(await hashesOfFolder(folderOf("prep-1.1.0")));
    console.log(`prep: ${made.length} files of 3 subjects, the same as a process and in Docker`);
    expect(made).toEqual(expect.arrayContaining(["sub-01.html", "logs/CITATION.md", "desc-aseg_dseg.tsv"]));
    expect(made).toContain("sourcedata/freesurfer/sub-03/surf/lh.pial");
    expect(Object.keys(await hashesOfFolder(folderOf("prep-group-1.1.0")))).toEqual([
      "group_T1w.html",
      "group_T1w.tsv",
    ]);
    const table = await readFile(join(folderOf("prep-group-1.1.0"), "group_T1w.tsv"), "utf8");
    expect(table.trim().split("\n")).toHaveLength(1 + 4);
    const inPlace = { outcome: "in-place", reason: "" };
    expect(await runOver("prep@1.1.0")).toEqual([inPlace, inPlace, inPlace]);
    expect(await runOver("prep-group@1.1.0")).toEqual([inPlace]);
  });
});
