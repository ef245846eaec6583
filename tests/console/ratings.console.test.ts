import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  accountsRoutes,
  catalogRoutes,
  createHttpClient,
  ratingRoutes,
  routerRoutes,
  schedulerRoutes,
} from "@rollerblade/client";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { z } from "zod";
import { root } from "../e2e/world.ts";

const { url, token } = inject("server");
const client = createHttpClient({ url, token });
const params = { dataset: "colin-mini" };
const path = "sub-03/ses-baseline/anat/sub-03_ses-baseline_T1w.nii.gz";
const timeout = 60_000;
const name = `console-rated-${Date.now()}`;
let eve: typeof client;
let folder: string;

/** What the derivative says in which the ratings of the image lie. */
const documentSchema = z.object({
  Verdict: z.string(),
  Ratings: z.array(
    z.object({ Rater: z.string(), Verdict: z.string(), RatedAt: z.iso.datetime(), Note: z.string().optional() }),
  ),
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "console-ratings-"));
  await client.call(accountsRoutes.createUser, { body: { name: "eve-rates" } }).catch(() => undefined);
  const { token: secret } = await client.call(accountsRoutes.createToken, {
    body: { label: "ratings", user: "eve-rates" },
  });
  eve = createHttpClient({ url, token: secret });
});
afterAll(() => rmSync(folder, { recursive: true }));

const derivatives = async (query: { analysis?: string; output?: string; state?: "withdrawn" }) =>
  (await client.call(catalogRoutes.listDerivatives, { query: { ...params, analysis: "rating-t1w", ...query } })).items;

const outputsOfImage = async (): Promise<string[]> =>
  (await derivatives({}))
    .filter(({ slice }) => slice.scan === path)
    .map(({ output }) => output)
    .sort();

const readDocument = async (): Promise<z.output<typeof documentSchema>> => {
  const [file] = await derivatives({ output: "rating" });
  const answer = await fetch(
    `${url}/v1/files/content?dataset=colin-mini&path=${encodeURIComponent(file?.path ?? "")}`,
    {
      headers: { authorization: `Bearer ${token}` },
    },
  );
  return documentSchema.parse(await answer.json());
};

test("a rating is a derivative of its image, which names who gave it when; the worst of two counts, and what is taken back goes", async () => {
  const first = await client.call(ratingRoutes.rate, { params, body: { path, verdict: "pass", note: "Sharp." } });
  expect(first).toMatchObject({ analysis: "rating-t1w", ratings: [{ path, verdict: "pass", note: "Sharp." }] });
  await expect.poll(outputsOfImage, { timeout }).toEqual(["pass", "rating"]);
  const [made] = await derivatives({ output: "rating" });
  expect(made?.path).toBe(
    "derivatives/rating-t1w-1.0.0/sub-03/ses-baseline/anat/sub-03_ses-baseline_desc-qc_rating.json",
  );
  const { name: user } = await client.call(accountsRoutes.me, {});
  expect(await readDocument()).toMatchObject({
    Verdict: "pass",
    Ratings: [{ Rater: user, Verdict: "pass", Note: "Sharp." }],
  });

  await expect(eve.call(ratingRoutes.rate, { params, body: { path, verdict: "fail" } })).rejects.toMatchObject({
    code: "not-found",
  });
  const grant = { kind: "dataset", resource: "colin-mini", grantee: "eve-rates" } as const;
  await client.call(accountsRoutes.giveGrant, { params: grant, body: { role: "contributor" } });
  onTestFinished(() => client.call(accountsRoutes.revokeGrant, { params: grant }).then(() => undefined));
  await eve.call(ratingRoutes.rate, { params, body: { path, verdict: "fail" } });
  await expect.poll(outputsOfImage, { timeout }).toEqual(["fail", "rating"]);
  expect((await readDocument()).Ratings.map(({ Verdict }) => Verdict).sort()).toEqual(["fail", "pass"]);
  const listed = await client.call(ratingRoutes.listRatings, { params, query: { suffix: "T1w", limit: 1 } });
  expect(listed.items).toHaveLength(1);
  expect(listed.next).not.toBeNull();

  await eve.call(ratingRoutes.withdrawRating, { params, query: { path } });
  await expect.poll(outputsOfImage, { timeout }).toEqual(["pass", "rating"]);
  await client.call(ratingRoutes.withdrawRating, { params, query: { path } });
  await expect.poll(outputsOfImage, { timeout }).toEqual([]);
  expect(
    (await client.call(ratingRoutes.listRatings, { params, query: {} })).items.filter((one) => one.path === path),
  ).toEqual([]);
  await expect(client.call(ratingRoutes.withdrawRating, { params, query: { path } })).rejects.toMatchObject({
    code: "not-found",
  });
});

test("a rule starts from images that passed, and from no others", async () => {
  writeFileSync(join(folder, "main.sh"), "echo '{}' > $ROLLERBLADE_OUT/report.json\n");
  const manifest = `name: ${name}
version: 1.0.0
process: [sh, main.sh]
level: scan
inputs: {rated: {analysis: rating-t1w, version: ^1, output: pass}}
outputs: {report: {name: "{entities}_desc-rated_report.json"}}
resources: {cpu: 100m, memory: 64Mi, timeout: 60s}
`;
  await client.call(schedulerRoutes.createAnalysis, { body: { manifest, folder } });
  const source = `datasets: [colin-mini]
rules:
  - name: passed
    on: {derivative: {analysis: rating-t1w, output: pass}}
    run: {analysis: ${name}, version: ^1}
`;
  await client.call(routerRoutes.applyPipeline, { params: { name }, body: { source } });
  onTestFinished(async () => {
    for (const one of images) await client.call(ratingRoutes.withdrawRating, { params, query: { path: one } });
    await client.call(routerRoutes.removePipeline, { params: { name } });
  });
  const { items } = await client.call(catalogRoutes.listScans, { query: { ...params, suffix: "T1w" } });
  const images = items.slice(0, 2).map((one) => one.path);
  const [good = "", bad = ""] = images;
  await client.call(ratingRoutes.rate, { params, body: { path: bad, verdict: "fail" } });
  await client.call(ratingRoutes.rate, { params, body: { path: good, verdict: "pass" } });
  const made = async (): Promise<(string | null)[]> =>
    (await derivatives({ analysis: name })).map(({ slice }) => slice.scan);
  await expect.poll(made, { timeout }).toEqual([good]);
});

test("whoever rates the first image of a kind makes the analysis for everyone", async () => {
  const dataset = `rated-${Date.now()}`;
  const t2w = "sub-01/anat/sub-01_T2w.nii.gz";
  const data = join(folder, "data");
  mkdirSync(join(data, "sub-01", "anat"), { recursive: true });
  writeFileSync(join(data, "dataset_description.json"), '{"Name": "rated", "BIDSVersion": "1.10.0"}');
  cpSync(join(root, "examples", "datasets", "colin-mini", path), join(data, t2w));
  await importDataset({ client, directory: data, dataset });
  onTestFinished(() => client.call(catalogRoutes.deleteDataset, { params: { dataset } }).then(() => undefined));
  await expect
    .poll(async () => (await client.call(catalogRoutes.showDataset, { params: { dataset } })).scans, { timeout })
    .toBe(1);
  const grant = { kind: "dataset", resource: dataset, grantee: "eve-rates" } as const;
  await client.call(accountsRoutes.giveGrant, { params: grant, body: { role: "contributor" } });
  const both = await Promise.all(
    [eve, client].map((rater) =>
      rater.call(ratingRoutes.rate, { params: { dataset }, body: { path: t2w, verdict: "pass" } }),
    ),
  );
  expect(both.map(({ analysis }) => analysis)).toEqual(["rating-t2w", "rating-t2w"]);
  expect(both.map(({ ratings }) => ratings.length).sort()).toEqual([1, 2]);
  const passed = () =>
    client.call(catalogRoutes.listDerivatives, { query: { dataset, analysis: "rating-t2w", output: "pass" } });
  await expect.poll(async () => (await passed()).items.length, { timeout }).toBe(1);
});

test("nobody takes the name of ratings, and what is no image is not rated", async () => {
  const manifest = `name: rating-bold
version: 1.0.0
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {report: {name: "{entities}_desc-x_report.json"}}
`;
  await expect(client.call(schedulerRoutes.createAnalysis, { body: { manifest, folder } })).rejects.toMatchObject({
    code: "invalid",
  });
  for (const other of ["participants.tsv", "sub-03/anat/sub-03_T1w.nii.gz"])
    await expect(
      client.call(ratingRoutes.rate, { params, body: { path: other, verdict: "pass" } }),
    ).rejects.toMatchObject({
      code: "not-found",
    });
});
