import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createHttpClient, type HttpClient, schedulerRoutes } from "@rollerblade/client";
import { connect, disconnect } from "@rollerblade/database";
import { importDataset } from "@rollerblade/transfer";
import { z } from "zod";
import { niftiHeader } from "../../../libs/abids/src/testing/nifti.ts";
import { makeManySlices, manySlicesRun } from "../../console/many-slices.ts";
import { createWorld } from "../../e2e/world.ts";
import { fillCatalog } from "../queries/million-files.ts";

/** A page that is measured: where it is, a text of its first rows, and from which page one goes there within the console. */
export type MeasuredPage = {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly warmPath: string;
};

/** A server with much in it. */
export type LargeWorld = {
  readonly url: string;
  readonly client: HttpClient;
  readonly pages: Readonly<Record<"run" | "subjects" | "files" | "analyses" | "query", MeasuredPage>>;
  close(): Promise<void>;
};

type Size = { readonly files: number; readonly slices: number; readonly analyses: number };

const serverFile = z.object({ settings: z.object({ ROLLERBLADE_DATABASE_URL: z.string() }) });

/** Voxels along each side of the image of noise, which does not compress: 216³ bytes are 10 MB. */
const side = 216;

/** Starts a server that has done the demo, and puts a large catalog, a run of many slices, many analyses and a large image into it. */
export const startLargeWorld = async ({ files, slices, analyses }: Size): Promise<LargeWorld> => {
  const world = await createWorld();
  await world.up({ ROLLERBLADE_GATEWAY_REQUESTS_PER_SECOND: "10000" });
  await world.json(z.unknown(), ["demo"]);
  const { url, token } = await world.server();
  const client = createHttpClient({ url, token, timeoutMs: 120_000 });
  const file = readFileSync(join(world.folder, ".rollerblade", "server.json"), "utf8");
  const { settings } = serverFile.parse(JSON.parse(file));
  const sql = connect(settings.ROLLERBLADE_DATABASE_URL, { max: 1, statementTimeout: 0 });
  const filled = await fillCatalog(sql, files);
  console.log(`${filled.files} files, ${filled.scans} scans`);
  await makeManySlices(sql, slices);
  await sql`vacuum analyze`;
  await disconnect(sql);
  const code = join(world.folder, "code");
  mkdirSync(code);
  writeFileSync(join(code, "main.sh"), "exit 0\n");
  for (let at = 0; at < analyses; at += 1) {
    const manifest = `name: made-${String(at).padStart(3, "0")}
version: 1.0.0
description: One of many
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {report: {name: "{entities}_desc-x_report.json"}}
resources: {cpu: 100m, memory: 64Mi, timeout: 60s}
`;
    await client.call(schedulerRoutes.createAnalysis, { body: { manifest, folder: code } });
  }
  const brain = join(world.folder, "brain");
  mkdirSync(join(brain, "sub-01", "anat"), { recursive: true });
  writeFileSync(join(brain, "dataset_description.json"), '{"Name": "brain", "BIDSVersion": "1.10.0"}\n');
  const image = Buffer.concat([niftiHeader({ dims: [side, side, side] }), randomBytes(side ** 3)]);
  writeFileSync(join(brain, "sub-01", "anat", "sub-01_T1w.nii.gz"), gzipSync(image, { level: 1 }));
  await importDataset({ client, directory: brain, dataset: "brain" });
  const study = "/datasets/study-01";
  return {
    url,
    client,
    pages: {
      run: { name: "a run of 100,000 slices", path: `/runs/${manySlicesRun}`, text: "p000001", warmPath: "/runs" },
      subjects: { name: "subjects of a dataset", path: `${study}?tab=subjects`, text: "00001", warmPath: study },
      files: { name: "files of a dataset", path: `${study}?tab=files`, text: "sub-00001/", warmPath: study },
      analyses: { name: "300 analyses", path: "/analyses", text: "made-000", warmPath: "/datasets" },
      query: { name: "a query over all files", path: "/query", text: "sub-00001", warmPath: "/datasets" },
    },
    close: () => world.close(),
  };
};
