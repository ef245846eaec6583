import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accountsRoutes, catalogRoutes, createHttpClient, type HttpClient, taggerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { madeNifti } from "../convert/made-images.ts";
import { writeAnalysis } from "./failing-analysis.ts";
import { settle } from "./settle.ts";
import { createWorld, root, type World } from "./world.ts";

/** A dataset with faces is its owner's; what is shared is made of the heads that passed the defacing, and has nothing else. */
let world: World;
let api: HttpClient;

const must = async (...args: string[]): Promise<void> => {
  const { code, stdout, stderr } = await world.run(args);
  expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
};

beforeAll(async () => {
  world = await createWorld();
  await world.up();
  api = await world.api();
});
afterAll(() => world.close());

const document = `datasets: [faces]
rules:
  - name: deface-every-t1w
    on: {scan: {suffix: T1w}}
    run: {analysis: flagship-deface, version: ^1}
tags:
  - name: head
    from: {analysis: flagship-deface, output: image}
    title: Head without its face
    show: {kind: file}
`;

/** In the place of the flagship's, whose name and names of outputs it has: it refuses a head that is too small, as that one does with exit code 65. */
const standIn = `if (fs.statSync(t1w).size < 2000) { console.error("brain would be lost"); process.exit(65); }
fs.copyFileSync(t1w, image);`;

const pathsFor = async (client: HttpClient): Promise<readonly string[]> => {
  const { items } = await client.call(catalogRoutes.listScans, { query: { limit: 100 } });
  return items.map(({ dataset, path }) => `${dataset}/${path}`).toSorted();
};

test("of a head that was not defaced nothing is tagged, and who is shown what is shared sees the defaced ones alone", {
  timeout: 240_000,
}, async () => {
  const data = await world.copyOfColin("faces");
  for (const subject of ["03", "04", "05", "06", "07", "08"])
    await rm(join(data, `sub-${subject}`), { recursive: true, force: true });
  await writeFile(join(data, "sub-02/ses-baseline/anat/sub-02_ses-baseline_T1w.nii.gz"), madeNifti({}));
  await must("dataset", "import", data, "--name", "faces");
  await must(
    "analysis",
    "create",
    await writeAnalysis(world.folder, { name: "flagship-deface", code: standIn }, "{entities}_desc-defaced_T1w.nii.gz"),
  );
  const file = join(world.folder, "pipeline.yaml");
  await writeFile(file, document);
  await must("pipeline", "apply", file);
  await settle(api);
  const tagged = async () => {
    const { items } = await api.call(taggerRoutes.listResults, { query: { dataset: "faces" } });
    return [...new Set(items.map(({ slice }) => slice.subject))];
  };
  await expect.poll(tagged, { timeout: 60_000 }).toEqual(["01"]);

  const exported = join(world.folder, "exported");
  await mkdir(exported);
  await must("dataset", "export", "faces", exported, "--derivatives");
  const mapping = join(root, "examples/flagship/defaced.yaml");
  await must(
    "dataset",
    "convert",
    exported,
    "--mapping",
    mapping,
    "--to",
    "heads",
    "--out",
    join(world.folder, "heads"),
  );
  await must("user", "create", "guest");
  await must("grant", "dataset", "heads", "viewer", "guest");
  const { token } = await api.call(accountsRoutes.createToken, { body: { user: "guest", label: "test" } });
  const guest = createHttpClient({ url: (await world.server()).url, token });
  const seen = await pathsFor(guest);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter((path) => !/^heads\/sub-01\/ses-\w+\/anat\/sub-01_ses-\w+_T1w\.nii\.gz$/.test(path))).toEqual([]);
  const raw = await guest.call(catalogRoutes.showDataset, { params: { dataset: "faces" } }).catch(Problem.from);
  expect(raw).toMatchObject({ code: "not-found" });
});
