import { readFileSync } from "node:fs";
import { join } from "node:path";
import { classify } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import { findVersitygw, type S3Server, startVersitygw } from "@rollerblade/object-store/testing";
import { importDataset, uploadScan } from "@rollerblade/transfer";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ingest } from "../../services/ingest/src/index.ts";
import { type ServicesWorld, startServicesWorld } from "../service/services-world.ts";
import { type OddFolder, oddFolder, writeOddFolder } from "./odd-folder.ts";
import { asPlaces, type WayIn, wayOfCheck } from "./ways-in.ts";

const program = await findVersitygw();

describe.skipIf(program === null)("all ways into the store", { timeout: 240_000 }, () => {
  let world: ServicesWorld;
  let s3: S3Server;
  let bucket: ObjectStore;
  let count = 0;

  beforeAll(async () => {
    s3 = await startVersitygw(program ?? "");
    const url = new URL(s3.url.replace("s3+http:", "http:"));
    vi.stubEnv("AWS_ENDPOINT_URL", `http://${url.host}`);
    vi.stubEnv("AWS_ACCESS_KEY_ID", url.username);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", url.password);
    bucket = openObjectStore(s3.url, { publicUrl: "http://127.0.0.1:1", secret: "x" });
    world = await startServicesWorld([ingest]);
  }, 240_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await world.stop();
    await s3.stop();
  });

  const filesOf = async (dataset: string): Promise<string[]> => {
    const rows = await world.sql<{ path: string }[]>`select path from ingest.files where dataset = ${dataset}`;
    return rows.map(({ path }) => path).sort();
  };
  const wayOfImport = async (
    directory: string,
    inPlace: boolean,
    followLinks = false,
  ): Promise<{ way: WayIn; files: readonly string[]; faulty: ReadonlySet<string> }> => {
    const dataset = `odd${++count}`;
    const { status } = await importDataset({ client: world.admin("ingest"), directory, dataset, inPlace, followLinks });
    const files = await filesOf(dataset);
    const taken = new Set(files);
    // What is wrong inside a file, such as the header of an image, is told and the file is taken.
    const refused = status.findings.map(({ where }) => where).filter((path) => !taken.has(path));
    const faulty = new Set(status.findings.map(({ where }) => where).filter((path) => taken.has(path)));
    return { files, faulty, way: { taken: asPlaces(files), refused: asPlaces(refused) } };
  };

  /** The files of an import as objects below a prefix, which a bucket has without any link. */
  const putAll = async (folder: string, prefix: string, paths: readonly string[]): Promise<void> => {
    for (const path of paths) await bucket.put(`${prefix}/${path}`, readFileSync(join(folder, path)));
  };

  const wholeWay = (way: WayIn): readonly string[] => way.taken.filter((path) => !way.refused.includes(path));

  const compare = async (odd: OddFolder): Promise<void> => {
    const { folder, remove } = writeOddFolder(odd);
    try {
      const type = /DatasetType": "derivative|x", "BIDSVersion": "1.11.1", "GeneratedBy/.test(odd.description ?? "")
        ? "derivative"
        : "raw";
      const checked = (links: "anywhere" | "inside"): WayIn =>
        wayOfCheck(indexFolder(folder, { tables: true, links }), { type });
      const followed = await wayOfImport(folder, false, true);
      expect(wholeWay(followed.way), "import, with links followed").toEqual(wholeWay(checked("anywhere")));
      expect(followed.way.refused).toEqual(checked("anywhere").refused);
      const copied = await wayOfImport(folder, false);
      expect(wholeWay(copied.way), "import").toEqual(wholeWay(checked("inside")));
      expect(copied.way.refused).toEqual(checked("inside").refused);
      const placed = await wayOfImport(folder, true);
      expect(wholeWay(placed.way), "in place").toEqual(wholeWay(checked("inside")));
      expect(placed.way.refused).toEqual(checked("inside").refused);

      const prefix = `odd-${count}`;
      await putAll(folder, prefix, copied.files);
      for (const inPlace of [false, true]) {
        const fromBucket = await wayOfImport(`s3://bucket/${prefix}`, inPlace);
        expect(fromBucket.files, `S3, in place: ${inPlace}`).toEqual(copied.files);
        expect(fromBucket.way.refused).toEqual([]);
      }

      // Documents below the root come with whole datasets only.
      const sent = copied.files.filter((path) => {
        const is = classify(path);
        return !(is.class === "metadata" && is.kind === "document" && path.includes("/"));
      });
      // An upload is refused whole where a text cannot be read, which an import takes and tells.
      const upload = async (paths: readonly string[]): Promise<readonly string[]> => {
        const files = paths.map((path) => ({ location: join(folder, path), path }));
        try {
          await uploadScan({ client: world.admin("ingest"), dataset: `up${count}`, files });
          return paths;
        } catch (error) {
          if (!(error instanceof Problem) || error.code !== "invalid") throw error;
          const refused = new Set(error.findings.map(({ where }) => where));
          expect([...refused].filter((path) => !copied.faulty.has(path))).toEqual([]);
          return upload(paths.filter((path) => !refused.has(path)));
        }
      };
      const sound = await upload(sent);
      expect(await filesOf(`up${count}`), "upload").toEqual(sound);
    } finally {
      remove();
    }
  };

  test("take the same files of random odd folders", async () => {
    const described = oddFolder.filter(({ description }) => description?.startsWith("{") === true);
    await fc.assert(fc.asyncProperty(described, compare), { numRuns: Number(process.env.ODD_RUNS ?? 6) });
  });

  test("a dataset without a description is refused by all", async () => {
    const { folder, remove } = writeOddFolder({ description: null, ignore: "", entries: [] });
    await bucket.put("bare/CHANGES", readFileSync(join(folder, "CHANGES")));
    const message = expect.stringContaining("is missing");
    const findings = [{ where: "dataset_description.json", message }];
    for (const [directory, inPlace] of [
      [folder, false],
      [folder, true],
      ["s3://bucket/bare", false],
      ["s3://bucket/bare", true],
    ] as const)
      await expect(wayOfImport(directory, inPlace)).rejects.toMatchObject({ findings });
    remove();
  });
});
