import { afterAll, expect, test } from "vitest";
import { startCatalogWorld } from "../testing/catalog-world.ts";

const world = await startCatalogWorld();
await world.grant("ada", "numbers", "admin");
afterAll(() => world.stop());

const quickly = { timeout: 15_000, interval: 50 };
const image = (subject: string): string => `sub-${subject}/anat/sub-${subject}_T1w.nii.gz`;

const indexedBatches = async (dataset: string): Promise<boolean[]> => {
  const rows = await world.sql<{ done: boolean }[]>`
    select indexed_at is not null as done from catalog.batches where dataset = ${dataset}`;
  return rows.map(({ done }) => done);
};

/** Opens a batch, has its events published, and closes it. */
const inBatch = async (dataset: string, batch: string, publish: () => Promise<number>): Promise<void> => {
  const expiresAt = { seconds: BigInt(Math.floor(Date.now() / 1000) + 3600), nanos: 0 };
  await world.publish("batch.opened", { batch, dataset, expiresAt });
  const events = await publish();
  await world.publish("batch.closed", { batch, dataset, events: BigInt(events) });
};

test("sidecars of many small numbers keep no scan from being known, and are named by a finding", async () => {
  const dataset = "numbers";
  // 150 KB of JSON are 825 KB of protobuf, more than a message may have.
  const numbers = JSON.stringify({ Numbers: Array.from({ length: 75_000 }, (_, index) => index % 10), EchoTime: 0.03 });
  await inBatch(dataset, "b1", async () => {
    const shared = await world.put(dataset, "T1w.json", numbers, "sidecar");
    await world.publish("metadata.uploaded", { dataset, files: [shared], uploader: "ada", batch: "b1" });
    for (const subject of ["01", "02", "03"]) {
      const files = [await world.put(dataset, image(subject), `head of ${subject}`)];
      await world.publish("scan.uploaded", { dataset, path: image(subject), files, uploader: "ada", batch: "b1" });
    }
    const own = await world.put(dataset, image("03").replace(".nii.gz", ".json"), numbers, "sidecar");
    await world.publish("metadata.uploaded", { dataset, files: [own], uploader: "ada", batch: "b1" });
    return 5;
  });
  await expect.poll(() => indexedBatches(dataset), quickly).toEqual([true]);
  const scans = await world.sql`
    select path, metadata, jsonb_path_query_array(findings, '$[*].message') as findings from catalog.scans
    where dataset = ${dataset} order by path`;
  const finding = "the metadata Numbers are too large to be searched and stay in the file only";
  expect(scans).toEqual(
    ["01", "02", "03"].map((subject) => ({
      path: image(subject),
      metadata: { EchoTime: 0.03 },
      findings: expect.arrayContaining([finding]),
    })),
  );
  expect(await world.reasons()).toEqual([]);
});
