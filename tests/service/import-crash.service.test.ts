import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createHttpClient, type HttpClient, ingestRoutes } from "@rollerblade/client";
import { connect, disconnect, type Sql } from "@rollerblade/database";
import { startMigratedServers } from "@rollerblade/database/testing";
import { openObjectStore } from "@rollerblade/object-store";
import { requireVersitygw, startVersitygw } from "@rollerblade/object-store/testing";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { accounts } from "../../services/accounts/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { colin, settingsFor } from "./services-world.ts";

const servers = await startMigratedServers([accounts.database, ingest.database]);
const versitygw = await requireVersitygw();
const bucket = fileURLToPath(servers.objectsUrl);
const token = randomBytes(16).toString("hex");
let sql: Sql;
let child: ChildProcess | null = null;
let url = "";

beforeAll(async () => {
  sql = connect(servers.databaseUrl, { max: 2 });
});
afterAll(async () => {
  await end();
  await disconnect(sql);
  await servers.stop();
});

/** The services in a process that dies at the named place. */
const start = async (crashAt = ""): Promise<HttpClient> => {
  const started = spawn(process.execPath, [join(import.meta.dirname, "ingest-process.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      ...settingsFor(servers),
      ROLLERBLADE_ACCOUNTS_ADMIN_TOKEN: token,
      ROLLERBLADE_CRASH_AT: crashAt,
    },
  });
  child = started;
  for await (const line of createInterface({ input: started.stdout })) {
    url = line;
    return createHttpClient({ url, token });
  }
  throw new Error("the services did not start");
};

const end = async (): Promise<void> => {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
};

const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort()
    : [];

/** Begins an import with services that die at the named place, and waits until they have. */
const importKilled = async (
  place: string,
  options: Pick<Parameters<typeof importDataset>[0], "directory" | "dataset" | "inPlace">,
): Promise<void> => {
  const dying = await start(place);
  const died = child === null ? Promise.resolve() : once(child, "exit");
  const stop = new AbortController();
  importDataset({ client: dying, ...options, signal: stop.signal }).catch(() => {});
  await died;
  stop.abort();
  expect(child?.signalCode).toBe("SIGKILL");
};

/** Starts ingest again, which completes what it had begun, and waits until the imports of the dataset are in these states. */
const completed = async (dataset: string, states: readonly string[], timeout = 30_000): Promise<HttpClient> => {
  const client = await start();
  const seen = async (): Promise<string[]> =>
    (await client.call(ingestRoutes.listImports, { query: { dataset } })).items.map(({ state }) => state);
  await expect.poll(seen, { timeout }).toEqual(states);
  return client;
};

// Each starts the services twice, as processes.
const timeoutMs = 180_000;

describe("ingest killed", () => {
  test.each(["ingest.accepted", "ingest.copied-one:7", "ingest.copied", "ingest.recorded", "ingest.dropped"])(
    "at %s completes the import when it is back, and publishes it once",
    async (place) => {
      const dataset = place.replaceAll(/\W/g, "-");
      await importKilled(place, { directory: colin, dataset });
      const client = await completed(dataset, ["committed"], 20_000);
      const published = join(bucket, "datasets", dataset);
      expect(filesBelow(published)).toEqual(filesBelow(colin));
      for (const path of filesBelow(colin))
        expect(readFileSync(join(published, path)).equals(readFileSync(join(colin, path)))).toBe(true);
      const emitted = await sql<{ topic: string; count: number }[]>`
      select topic, count(*) from ingest.outbox where dataset = ${dataset} group by topic order by topic`;
      expect(Object.fromEntries(emitted.map(({ topic, count }) => [topic, count]))).toEqual({
        "batch.closed": 1,
        "batch.opened": 1,
        "metadata.uploaded": 1,
        "scan.uploaded": 12,
      });
      await expect.poll(() => filesBelow(join(bucket, "staging")), { timeout: 20_000 }).toEqual([]);
      const again = await importDataset({ client, directory: colin, dataset });
      expect(again.sent.files).toBe(0);
      await end();
    },
  );
});

describe("ingest killed while it copies a scan", () => {
  const subjects = Array.from({ length: 12 }, (_, at) => String(at + 1).padStart(2, "0"));
  const image = (subject: string): string => `sub-${subject}/dwi/sub-${subject}_dwi.nii.gz`;
  const companions = [".bval", ".bvec", ".json"];

  /** A dataset whose images have three companions each; the content of all of them names the version. */
  const write = (version: string): string => {
    const folder = mkdtempSync(join(tmpdir(), "rollerblade-dwi-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const files: [string, string][] = [
      ["dataset_description.json", '{"Name": "Diffusion", "BIDSVersion": "1.11.1"}'],
      ["README", `version ${version}`],
      ...subjects.flatMap((subject): [string, string][] => [
        [image(subject), `image ${version} of ${subject}`],
        ...companions.map((extension): [string, string] => [
          image(subject).replace(".nii.gz", extension),
          extension === ".json" ? `{"Version": "${version}"}` : version,
        ]),
      ]),
    ];
    for (const [path, content] of files) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return folder;
  };

  /** What is wrong with the bucket's dataset by the promise of docs/how-to/import-and-export.md. */
  const brokenPromises = (dataset: string): string[] => {
    const there = filesBelow(join(bucket, "datasets", dataset));
    const has = new Set(there);
    const images = there.filter((path) => path.endsWith(".nii.gz"));
    const half = subjects.filter((subject) => {
      const own = companions.filter((extension) => has.has(image(subject).replace(".nii.gz", extension)));
      return own.length > 0 && !has.has(image(subject));
    });
    return [
      ...(there.length > 0 && !has.has("dataset_description.json") ? ["no description"] : []),
      ...(there.some((path) => path.includes("/")) && !has.has("README") ? ["files of subjects before the root"] : []),
      ...images.flatMap((path) =>
        companions
          .map((extension) => path.replace(".nii.gz", extension))
          .filter((companion) => !has.has(companion))
          .map((companion) => `${path} without ${companion}`),
      ),
      ...(half.length > 16 ? [`${half.length} scans are half there`] : []),
    ];
  };

  test.each([1, 3, 11, 29, 49])(
    "after %i files leaves what the docs promise",
    { timeout: timeoutMs },
    async (after) => {
      const dataset = `copied-${after}`;
      await importKilled(`ingest.copied-one:${after}`, { directory: write("1"), dataset });
      expect(filesBelow(join(bucket, "datasets", dataset)).length).toBeGreaterThanOrEqual(after);
      expect(brokenPromises(dataset)).toEqual([]);
      await completed(dataset, ["committed"]);
      await end();
    },
  );

  test("and an update that was killed is whole again when ingest is back", { timeout: timeoutMs }, async () => {
    const dataset = "copied-anew";
    const client = await start();
    await importDataset({ client, directory: write("1"), dataset });
    await end();
    await importKilled("ingest.copied-one:23", { directory: write("2"), dataset });
    expect(brokenPromises(dataset)).toEqual([]);
    await completed(dataset, ["committed", "committed"]);
    for (const path of filesBelow(join(bucket, "datasets", dataset)).filter((one) => one.endsWith(".bval")))
      expect(readFileSync(join(bucket, "datasets", dataset, path), "utf8")).toBe("2");
    await end();
  });
});

describe("ingest killed while it reads data in place", () => {
  const readsOn = async (directory: string, dataset: string): Promise<void> => {
    await importKilled("ingest.read", { directory, dataset, inPlace: true });
    const read = await sql`
      select 1 from ingest.import_files join ingest.imports on id = import_id where dataset = ${dataset}`;
    expect(read.length).toBeGreaterThan(12);
    await completed(dataset, ["committed"]);
    const emitted = await sql`select 1 from ingest.outbox where dataset = ${dataset} and topic = 'scan.uploaded'`;
    expect(emitted).toHaveLength(12);
    await end();
  };

  test("from a folder reads on when it is back", { timeout: timeoutMs }, () => readsOn(colin, "placed"));

  test.skipIf(versitygw === null)("from an S3 server reads on when it is back", { timeout: timeoutMs }, async () => {
    const s3 = await startVersitygw(versitygw ?? "");
    const { host, username, password } = new URL(s3.url.replace("s3+http:", "http:"));
    vi.stubEnv("AWS_ENDPOINT_URL", `http://${host}`);
    vi.stubEnv("AWS_ACCESS_KEY_ID", username);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", password);
    const store = openObjectStore(s3.url, { publicUrl: "http://127.0.0.1:1", secret: "x" });
    for (const path of filesBelow(colin)) await store.put(`colin/${path}`, readFileSync(join(colin, path)));
    await readsOn("s3://bucket/colin", "placed-in-s3");
    vi.unstubAllEnvs();
    await s3.stop();
  });
});

test("a client killed while it sends goes on where it was", { timeout: timeoutMs }, async () => {
  const client = await start();
  const script = join(import.meta.dirname, "import-process.ts");
  const importing = spawn(process.execPath, [script, url, token, colin, "client-killed"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let sends = 0;
  for await (const line of createInterface({ input: importing.stdout })) {
    if (line.startsWith("send") && ++sends === 6) break;
  }
  importing.kill("SIGKILL");
  await once(importing, "exit");
  expect(filesBelow(join(bucket, "datasets/client-killed"))).toEqual([]);
  const report = await importDataset({ client, directory: colin, dataset: "client-killed" });
  expect(report.status.state).toBe("committed");
  expect(report.sent.files).toBeLessThan(10);
  expect(filesBelow(join(bucket, "datasets/client-killed"))).toEqual(filesBelow(colin));
  await expect.poll(() => filesBelow(join(bucket, "staging")), { timeout: 20_000 }).toEqual([]);
  await end();
});
