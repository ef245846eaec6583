import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";
import { findingsRoutes, type HttpClient } from "@rollerblade/client";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import { findVersitygw, type S3Server, startVersitygw } from "@rollerblade/object-store/testing";
import { importDataset, reportDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ingest } from "../../services/ingest/src/index.ts";
import { colin, type ServicesWorld, startServicesWorld } from "./services-world.ts";

const program = await findVersitygw();
const links = { publicUrl: "http://127.0.0.1:1", secret: "x" };
const filesOfColin = readdirSync(colin, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(colin, join(entry.parentPath, entry.name)));

test.skipIf(program === null && process.env.CI !== "true")(
  "there is an S3 server (versitygw on PATH, or Go to build it)",
  () => {
    expect(program).not.toBeNull();
  },
);

describe.skipIf(program === null)("an import from a real S3 server", { timeout: 240_000 }, () => {
  let world: ServicesWorld;
  let s3: S3Server;
  let bucket: ObjectStore;
  let own: ObjectStore;
  let client: HttpClient;

  beforeAll(async () => {
    s3 = await startVersitygw(program ?? "");
    const url = new URL(s3.url.replace("s3+http:", "http:"));
    vi.stubEnv("AWS_ENDPOINT_URL", `http://${url.host}`);
    vi.stubEnv("AWS_ACCESS_KEY_ID", url.username);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", url.password);
    bucket = openObjectStore(s3.url, links);
    for (const path of filesOfColin) await bucket.put(`archive/colin/${path}`, readFileSync(join(colin, path)));
    world = await startServicesWorld([ingest]);
    own = openObjectStore(world.servers.objectsUrl, links);
    client = world.admin("ingest");
  }, 240_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await world.stop();
    await s3.stop();
  });

  const directory = "s3://bucket/archive/colin";
  const holdsAll = async (dataset: string): Promise<void> => {
    for (const path of filesOfColin) {
      const bytes = await buffer(await own.get(`datasets/${dataset}/${path}`));
      expect(bytes.equals(readFileSync(join(colin, path))), path).toBe(true);
    }
  };

  test("copies every file; again it reads and sends nothing", async () => {
    const report = await importDataset({ client, directory, dataset: "copied" });
    expect(report.status).toMatchObject({ findings: [], summary: { scans: { added: 12 } } });
    await holdsAll("copied");
    const again = await importDataset({ client, directory, dataset: "copied" });
    expect(again.sent).toEqual({ files: 0, bytes: 0 });
    expect(again.status.summary?.files).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });

  test("in place leaves the files there, and they are read and linked to from there", async () => {
    const { status } = await importDataset({ client, directory, dataset: "placed", inPlace: true });
    expect(status).toMatchObject({ findings: [], location: directory, summary: { scans: { added: 12 } } });
    await holdsAll("placed");
    const link = await own.presignGet("datasets/placed/participants.tsv");
    expect(await (await fetch(link)).text()).toBe(readFileSync(join(colin, "participants.tsv"), "utf8"));
    await bucket.put("archive/colin/participants.tsv", Buffer.from("participant_id\tage\nsub-01\t99\n"));
    const changed = await importDataset({ client, directory, dataset: "placed", inPlace: true });
    expect(changed.status.summary?.files).toMatchObject({ added: 0, changed: 1, removed: 0 });
    await bucket.put("archive/colin/participants.tsv", readFileSync(join(colin, "participants.tsv")));
  });

  test("is looked through as a folder is: names, tables, JSON and headers", async () => {
    const broken: Readonly<Record<string, string>> = {
      "dataset_description.json": '{"Name": "broken", "BIDSVersion": "1.11.1"}',
      "participants.tsv": "participant_id\tage\nsub-01\t20\t3\n",
      "sub-01/anat/sub-01_T1w.nii.gz": "no image",
      "sub-01/anat/sub-01_T1w.json": "{",
      "sub-01/anat/sub-01_T1x.nii.gz": "",
      "sub-01/anat/sub-01_T1w.json/below": "a file and a folder at once",
    };
    for (const [path, content] of Object.entries(broken))
      await bucket.put(`archive/broken/${path}`, Buffer.from(content)).catch(() => null);
    for (const inPlace of [false, true]) {
      const from = { directory: "s3://bucket/archive/broken", dataset: `broken-${inPlace}` };
      const { status } = await importDataset({ client, ...from, inPlace });
      const report = await reportDataset(client, { ...from, id: status.id });
      expect(report.complete).toBe(true);
      const found = { params: { dataset: from.dataset }, query: {} };
      const rules = (await client.call(findingsRoutes.listFindings, found)).items.map(({ rule }) => rule);
      expect(rules).toEqual(
        expect.arrayContaining(["bad-image", "bad-json", "bad-table", "unknown-suffix", "no-readme"]),
      );
    }
  });

  test("killed in the middle goes on where it was", async () => {
    const script = join(import.meta.dirname, "import-process.ts");
    const scratch = mkdtempSync(join(tmpdir(), "s3-"));
    const importing = spawn(process.execPath, [script, world.url("ingest"), world.adminToken, directory, "killed"], {
      stdio: ["ignore", "pipe", "inherit"],
      cwd: scratch,
    });
    let sends = 0;
    for await (const line of createInterface({ input: importing.stdout }))
      if (line.startsWith("send") && ++sends === 6) break;
    importing.kill("SIGKILL");
    await once(importing, "exit");
    rmSync(scratch, { recursive: true });
    const report = await importDataset({ client, directory, dataset: "killed" });
    expect(report.status.state).toBe("committed");
    expect(report.sent.files).toBeLessThan(10);
    await holdsAll("killed");
  });
});
