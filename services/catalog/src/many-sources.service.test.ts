import { catalogRoutes } from "@rollerblade/client";
import { newEventId, sliceRefToMessage, sourcesObject, withSourcesIn } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CatalogWorld, sha256Of, startCatalogWorld } from "./testing/catalog-world.ts";

const members = 12_000;
const dataset = "crowd";
let world: CatalogWorld;

const pathOf = (index: number) => `sub-${index}/anat/sub-${index}_T1w.nii.gz`;
const sources = Array.from({ length: members }, (_, index) => ({
  dataset,
  path: pathOf(index),
  sha256: sha256Of(`${index}`),
}));

const report = (id: string, sequence: bigint) => ({
  ...{ id, dataset, path: "derivatives/report-1.0.0/report.tsv", analysis: "report", version: "1.0.0" },
  ...{ parametersHash: "", output: "table", key: "k", entities: {}, suffix: "report", extension: ".tsv" },
  ...{ size: 1n, sha256: sha256Of(id), sequence, sourceDatasets: [dataset] },
  slice: sliceRefToMessage({ level: "dataset", dataset, subject: null, session: null, scan: null }),
});

beforeAll(async () => {
  world = await startCatalogWorld();
  await world.grant("ada", "-", "root");
  await world.sql`
    insert into catalog.files (dataset, path, folder, kind, subject, size, sha256, published_at)
    select ${dataset}, path, split_part(path, '/', 1) || '/anat', 'image', substr(split_part(path, '/', 1), 5), 1, 'x', now()
    from unnest(${sources.map(({ path }) => path)}::text[]) as path`;
});
afterAll(() => world.stop());

/** Says what the scheduler says of a group whose members are too many for a message. */
const create = async (sequence: bigint): Promise<{ id: string; key: string }> => {
  const [id, task] = [newEventId(), newEventId()];
  const { key, body } = sourcesObject(task, sources);
  await world.objects.put(key, body);
  await world.publish("derivative.created", {
    ...{ derivative: withSourcesIn(report(id, sequence), key), task, inForce: true },
  });
  return { id, key };
};

const indexed = async (id: string) =>
  (await world.published("derivative.indexed")).find(({ derivative }) => derivative?.id === id)?.derivative;

test("a group of 12,000 members is indexed with all of its sources, and published by reference", async () => {
  const { id, key } = await create(1n);
  await expect.poll(() => indexed(id)).toMatchObject({ sources: [], sourcesObject: key, sourceDatasets: [dataset] });
  const { items } = await world.as("ada").call(catalogRoutes.listDerivatives, { query: { dataset } });
  expect(items.find((one) => one.id === id)?.sources).toEqual(sources);
});

test("the next one takes its name, and goes with any of its members", async () => {
  const first = (await create(2n)).id;
  await expect.poll(() => indexed(first)).toBeDefined();
  const second = (await create(3n)).id;
  await expect
    .poll(async () => (await world.published("derivative.superseded")).find(({ id }) => id === first)?.supersededBy)
    .toBe(second);
  await world
    .as("ada")
    .call(catalogRoutes.deleteSubject, { params: { dataset, subject: "11999" } })
    .catch(() => {});
  await expect
    .poll(async () => (await world.published("derivative.withdrawn")).map(({ id }) => id))
    .toEqual(expect.arrayContaining([first, second]));
});

test("sources that are nowhere are a dead letter that names the object", async () => {
  const key = `references/${newEventId()}.json`;
  await world.publish("derivative.created", {
    ...{ derivative: withSourcesIn(report(newEventId(), 9n), key), task: newEventId(), inForce: true },
  });
  await expect.poll(() => world.reasons()).toContainEqual(expect.stringContaining(key));
});
