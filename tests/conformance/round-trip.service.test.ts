import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { classify, type DatasetContext, isKept, readContext } from "@rollerblade/abids";
import { catalogRoutes, type HttpClient } from "@rollerblade/client";
import { findVersitygw, type S3Server, startVersitygw } from "@rollerblade/object-store/testing";
import { downloadQuery, exportDataset, type ImportReport, importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { colin, type ServicesWorld, startServicesWorld } from "../service/services-world.ts";
import { datasetNames, examplesFolder } from "./expectations.ts";
import { type LeftOut, leftOutBy } from "./round-trip-reasons.ts";
import { treeHashes } from "./tree-hashes.ts";

// BIDS_EXAMPLES: a folder of datasets, for example a clone of bids-standard/bids-examples; without it, the example dataset.
const folders =
  process.env.BIDS_EXAMPLES === undefined
    ? [colin]
    : datasetNames()
        .map((name) => join(examplesFolder, name))
        .filter((folder) => existsSync(join(folder, "dataset_description.json")));

const program = await findVersitygw();

type Difference = {
  readonly dataset: string;
  readonly path: string;
  readonly reason: LeftOut | "changed" | "added" | null;
};

describe.each(["folder", "S3"])(
  "a dataset that was imported and is exported again, with the bucket in a %s",
  (store) => {
    let world: ServicesWorld;
    let s3: S3Server | null = null;
    let [importer, asker]: [HttpClient | null, HttpClient | null] = [null, null];
    const isPossible = store === "folder" || program !== null;
    const totals = { datasets: 0, files: 0, left: new Map<string, number>(), parts: 0, partFiles: 0, kept: 0 };

    beforeAll(async () => {
      if (!isPossible) return;
      if (store === "S3") s3 = await startVersitygw(program ?? "");
      world = await startServicesWorld([ingest, catalog], {}, s3 === null ? {} : { ROLLERBLADE_OBJECTS: s3.url });
      [importer, asker] = [world.admin("ingest"), world.admin("catalog")];
    }, 120_000);
    afterAll(async () => {
      if (!isPossible) return;
      await world.stop();
      await s3?.stop();
      const left = [...totals.left].map(([reason, count]) => `${count} ${reason}`).join(", ");
      console.log(
        `${store}: ${totals.datasets} datasets, ${totals.files} files; left out: ${left || "none"}; parts of ${totals.parts} subjects, ${totals.partFiles} files, without ${totals.kept} that are kept unjudged`,
      );
    });

    const linkTo = (): { linkTo?: string } =>
      store === "S3" ? {} : { linkTo: fileURLToPath(world.servers.objectsUrl) };

    const imported = async (directory: string, dataset: string): Promise<ImportReport> => {
      if (importer === null) throw new Error("The services are not running.");
      const report = await importDataset({ client: importer, directory, dataset });
      const { id } = report.status;
      await expect
        .poll(() => world.sql`select from catalog.batches where id = ${id} and indexed_at is not null`, {
          timeout: 60_000,
        })
        .toHaveLength(1);
      return report;
    };

    test.skipIf(!isPossible).each(folders)("%s", { timeout: 300_000 }, async (folder) => {
      if (asker === null) throw new Error("The services are not running.");
      const dataset = basename(folder).replaceAll(/[^A-Za-z0-9_-]/g, "-");
      const before = treeHashes(folder);
      const { status } = await imported(folder, dataset);
      const out = join(world.scratch, "out", dataset);
      await exportDataset({ client: asker, dataset, directory: out, ...linkTo() });
      const after = treeHashes(out);
      const refused = new Set(status.findings.map(({ where }) => where));
      const differences: Difference[] = [...new Set([...before.keys(), ...after.keys()])].flatMap(
        (path): Difference[] => {
          if (before.get(path) === after.get(path)) return [];
          const reason = !after.has(path) ? leftOutBy(path, refused) : before.has(path) ? "changed" : "added";
          return [{ dataset, path, reason }];
        },
      );
      totals.datasets++;
      totals.files += after.size;
      for (const { reason } of differences) totals.left.set(String(reason), (totals.left.get(String(reason)) ?? 0) + 1);
      expect(differences.filter(({ reason }) => reason === null || reason === "changed" || reason === "added")).toEqual(
        [],
      );

      await partsOf(asker, dataset, after, await contextOf(folder));
      rmSync(out, { recursive: true });
    });

    /** One part a subject: what lies in its folder is all there, and nothing of anybody else. */
    const partsOf = async (
      client: HttpClient,
      dataset: string,
      whole: ReadonlyMap<string, string>,
      context: DatasetContext,
    ): Promise<void> => {
      const { items } = await client.call(catalogRoutes.runQuery, {
        body: { expression: `dataset.name == "${dataset}"`, level: "subject", limit: 5 },
      });
      for (const { slice } of items) {
        const subject = slice.subject ?? "";
        const directory = join(world.scratch, "part", dataset, subject);
        const expression = `subject.label == "${subject}"`;
        await downloadQuery({
          client,
          query: { expression, level: "subject", datasets: [dataset] },
          directory,
          ...linkTo(),
        });
        const part = treeHashes(join(directory, dataset));
        const others = [...part.keys()].filter((path) => /^sub-/.test(path) && !path.startsWith(`sub-${subject}/`));
        expect(others, `of others than ${subject}`).toEqual([]);
        const changed = [...part]
          .filter(([path, hash]) => whole.get(path) !== hash && !isCut(path))
          .map(([path]) => path);
        expect(changed, `changed for ${subject}`).toEqual([]);
        const missing = [...whole.keys()].filter((path) => path.startsWith(`sub-${subject}/`) && !part.has(path));
        expect(missing.filter((path) => !isKept(classify(path, context)))).toEqual([]);
        totals.kept += missing.length;
        totals.parts++;
        totals.partFiles += part.size;
        rmSync(directory, { recursive: true });
      }
    };
  },
);

/** Tables are cut to what was found, and the description states what the part was taken from. */
const isCut = (path: string): boolean =>
  path === "dataset_description.json" ||
  /^(participants|samples|phenotype\/[^/]+)\.tsv$|_(sessions|scans)\.tsv$/.test(path);

/** What the names of a dataset are judged by. */
const contextOf = (folder: string): Promise<DatasetContext> =>
  readContext(async (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : null));
