import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ingestRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { type MessageInitOf, publish as publishEvent } from "@rollerblade/events";
import { type ImportProgress, importDataset, uploadScan } from "@rollerblade/transfer";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ingest } from "../../services/ingest/src/index.ts";
import { colin, startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([ingest]);
const { sql, servers, scratch, copyOfColin } = world;
const admin = world.admin("ingest");
const ada = await world.addPerson("ada", "ingest");
const bucket = fileURLToPath(servers.objectsUrl);

afterAll(world.stop);
beforeEach(() => sql`delete from ingest.outbox`);

const t1w = "sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz";

const newTopics = async (): Promise<string[]> => {
  const rows = await sql<{ topic: string }[]>`select topic from ingest.outbox order by sequence`;
  return rows.map(({ topic }) => topic);
};
const times = (topic: string, all: readonly string[]): number => all.filter((one) => one === topic).length;

const filesBelow = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort()
    : [];

const problemOf = async (work: Promise<unknown>): Promise<Problem> => {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw new Error(`expected a problem, not ${String(thrown)}`);
};

describe("importing a dataset", () => {
  test("brings every byte, announces every scan, and leaves nothing in staging", async () => {
    const report = await importDataset({ client: admin, directory: colin, dataset: "colin" });
    expect(report.status).toMatchObject({ state: "committed", summary: { scans: { added: 12 } } });
    expect(filesBelow(join(bucket, "datasets/colin"))).toEqual(filesBelow(colin));
    for (const path of filesBelow(colin))
      expect(readFileSync(join(bucket, "datasets/colin", path)).equals(readFileSync(join(colin, path)))).toBe(true);
    const events = await newTopics();
    expect([events[0], events.at(-1), times("scan.uploaded", events)]).toEqual(["batch.opened", "batch.closed", 12]);
    await expect.poll(() => filesBelow(join(bucket, "staging"))).toEqual([]);
  });

  test("again sends nothing and publishes nothing", async () => {
    const report = await importDataset({ client: admin, directory: colin, dataset: "colin" });
    expect(report.sent).toEqual({ files: 0, bytes: 0 });
    expect(report.status.summary?.scans).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 12 });
    expect(await newTopics()).toEqual([]);
  });

  test("with a corrected table, a new scan and a removed one announces just these", async () => {
    const directory = copyOfColin("changed");
    await importDataset({ client: admin, directory, dataset: "changed" });
    await sql`delete from ingest.outbox`;
    writeFileSync(join(directory, "participants.tsv"), "participant_id\tage\nsub-01\t99\n");
    rmSync(join(directory, t1w));
    cpSync(join(directory, "sub-02"), join(directory, "sub-99"), { recursive: true });
    for (const path of filesBelow(join(directory, "sub-99"))) {
      const [from, to] = [
        join(directory, "sub-99", path),
        join(directory, "sub-99", path.replaceAll("sub-02", "sub-99")),
      ];
      cpSync(from, to);
      rmSync(from);
    }
    const report = await importDataset({ client: admin, directory, dataset: "changed", mode: "mirror" });
    expect(report.status.summary?.scans).toEqual({ added: 1, changed: 0, removed: 1, unchanged: 11 });
    expect(await newTopics()).toEqual([
      "batch.opened",
      "metadata.uploaded",
      "scan.uploaded",
      "scan.removed",
      "batch.closed",
    ]);
    expect(filesBelow(join(bucket, "datasets/changed"))).toEqual(filesBelow(directory));
  });

  test("again as a second batch adds to it: what the source no longer has is named and kept, also in a dry run", async () => {
    const directory = copyOfColin("batches");
    await importDataset({ client: admin, directory, dataset: "batches" });
    const before = filesBelow(directory);
    await sql`delete from ingest.outbox`;
    rmSync(join(directory, "sub-01"), { recursive: true });
    writeFileSync(join(directory, "README"), "The second batch.");
    const gone = before.filter((path) => path.startsWith("sub-01/"));
    const named = {
      scans: { added: 0, removed: 0 },
      files: { added: 0, changed: 1, removed: 0 },
      changed: ["README"],
      gone: [],
      kept: gone.length,
      keptPaths: gone.toSorted(),
    };
    const dry = await importDataset({ client: admin, directory, dataset: "batches", dryRun: true });
    expect(dry.status).toMatchObject({ state: "planned", summary: named });
    expect([await newTopics(), readFileSync(join(bucket, "datasets/batches/README"), "utf8")]).not.toContain(
      "The second batch.",
    );
    const { status } = await importDataset({ client: admin, directory, dataset: "batches" });
    expect(status).toMatchObject({ state: "committed", mode: "add", summary: named });
    expect(filesBelow(join(bucket, "datasets/batches"))).toEqual(before);
    expect((await newTopics()).filter((topic) => topic === "scan.removed")).toEqual([]);
  });

  test("from a disk that is half mounted removes nothing, and a mirror of it is refused unless it is forced", async () => {
    const directory = copyOfColin("mounted");
    await importDataset({ client: admin, directory, dataset: "mounted" });
    const before = filesBelow(directory);
    const empty = join(scratch, "nothing-mounted");
    mkdirSync(empty);
    const { status } = await importDataset({ client: admin, directory: empty, dataset: "mounted" });
    expect(status.summary).toMatchObject({ files: { removed: 0 }, kept: before.length });
    const from = { client: admin, dataset: "mounted", mode: "mirror" } as const;
    const unmounted = await problemOf(importDataset({ ...from, directory: empty }));
    expect(unmounted.findings.map(({ where }) => where)).toContain("dataset_description.json");
    const subjects = readdirSync(directory).filter((name) => name.startsWith("sub-"));
    for (const subject of subjects) rmSync(join(directory, subject), { recursive: true });
    const half = await problemOf(importDataset({ ...from, directory }));
    expect(half.findings).toMatchObject([{ where: "mounted", message: expect.stringContaining("more than half") }]);
    expect(filesBelow(join(bucket, "datasets/mounted"))).toEqual(before);
    const forced = await importDataset({ ...from, directory, force: true });
    expect(forced.status.summary?.files.removed).toBeGreaterThan(0);
    await expect.poll(() => filesBelow(join(bucket, "datasets/mounted"))).toEqual(filesBelow(directory));
  });

  test("that is not BIDS is refused with every problem, if that is wanted", async () => {
    const directory = copyOfColin("bad");
    renameSync(join(directory, t1w), join(directory, "sub-01/ses-baseline/anat/sub-01_ses-baseline_t1w.nii.gz"));
    writeFileSync(join(directory, "sub-01/notes.txt"), "");
    const problem = await problemOf(importDataset({ client: admin, directory, dataset: "bad", strict: true }));
    expect(problem.findings.map(({ where }) => where)).toEqual([
      "sub-01/notes.txt",
      "sub-01/ses-baseline/anat/sub-01_ses-baseline_t1w.nii.gz",
    ]);
    expect(problem.findings[1]?.message).toContain(`did you mean ${t1w}`);
    expect(filesBelow(join(bucket, "datasets/bad"))).toEqual([]);
  });

  test("with a broken sidecar is refused by the server and leaves no trace, if that is wanted", async () => {
    const directory = copyOfColin("broken");
    writeFileSync(join(directory, "T1w.json"), '{"EchoTime": NaN}');
    const problem = await problemOf(importDataset({ client: admin, directory, dataset: "broken", strict: true }));
    expect(problem.findings).toMatchObject([{ where: "T1w.json", message: expect.stringContaining("not JSON") }]);
    expect(filesBelow(join(bucket, "datasets/broken"))).toEqual([]);
    await expect.poll(() => filesBelow(join(bucket, "staging"))).toEqual([]);
    expect(await newTopics()).toEqual([]);
    expect(await sql`select 1 from accounts.access_v1 where resource = 'broken'`).toHaveLength(0);
  });

  test("interrupted goes on where it was", async () => {
    const stop = new AbortController();
    let sent = 0;
    const first = importDataset({
      client: admin,
      directory: colin,
      dataset: "interrupted",
      concurrency: 1,
      signal: stop.signal,
      onProgress: ({ phase }) => {
        if (phase === "send" && ++sent === 6) stop.abort(new Error("interrupted"));
      },
    });
    await expect(first).rejects.toThrow("interrupted");
    expect(filesBelow(join(bucket, "datasets/interrupted"))).toEqual([]);
    const second = await importDataset({ client: admin, directory: colin, dataset: "interrupted" });
    expect(second.sent.files).toBeLessThan(10);
    expect(second.status.state).toBe("committed");
    await expect.poll(() => filesBelow(join(bucket, "staging"))).toEqual([]);
  });

  test("that cannot go on says why, and goes on by itself when it can", async () => {
    const inTheWay = join(bucket, "datasets/blocked");
    mkdirSync(dirname(inTheWay), { recursive: true });
    writeFileSync(inTheWay, "where a folder must be");
    let why = "";
    const onProgress = ({ trouble }: ImportProgress): void => {
      if (!trouble || why !== "") return;
      why = trouble;
      rmSync(inTheWay);
    };
    const { status } = await importDataset({ client: admin, directory: colin, dataset: "blocked", onProgress });
    expect(why).toContain("datasets/blocked");
    expect(status).toMatchObject({ state: "committed", trouble: null });
    expect(filesBelow(inTheWay)).toEqual(filesBelow(colin));
  });

  test("twice at once ends with one whole dataset", async () => {
    const both = await Promise.allSettled(
      [1, 2].map(() => importDataset({ client: admin, directory: colin, dataset: "twice" })),
    );
    const failures = both.flatMap((one) => (one.status === "rejected" ? [Problem.from(one.reason).code] : []));
    expect(failures.filter((code) => code !== "conflict")).toEqual([]);
    if (failures.length === 2) await importDataset({ client: admin, directory: colin, dataset: "twice" });
    expect(filesBelow(join(bucket, "datasets/twice"))).toEqual(filesBelow(colin));
    expect(times("scan.uploaded", await newTopics())).toBe(12);
    await expect.poll(() => filesBelow(join(bucket, "staging")), { timeout: 10_000 }).toEqual([]);
  });

  test("of somebody else's dataset is refused as if there were none", async () => {
    await importDataset({ client: ada, directory: colin, dataset: "adas" });
    expect((await problemOf(importDataset({ client: ada, directory: colin, dataset: "colin" }))).code).toBe(
      "not-found",
    );
    const mine = await ada.call(ingestRoutes.listImports, { query: {} });
    expect(mine.items.map(({ dataset }) => dataset)).toEqual(["adas"]);
  });

  test("of bytes other than promised is refused", async () => {
    const { id } = await admin.call(ingestRoutes.beginImport, { body: { dataset: "lies" } });
    const sha256 = `sha256:${"0".repeat(64)}`;
    const files = [{ path: "README", size: 3, sha256 }];
    await list(id, files);
    await admin.call(ingestRoutes.addManifest, { params: { import: id }, body: { files } });
    const sent = admin.raw(`/v1/imports/${id}/objects/${encodeURIComponent(sha256)}`, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: "abc",
    });
    expect((await problemOf(sent)).code).toBe("invalid");
    const commit = admin.call(ingestRoutes.commitImport, { params: { import: id }, body: { files: 1 } });
    expect((await problemOf(commit)).message).toContain("not complete");
  });
});

describe("uploading a scan", () => {
  const place = (path: string) => ({ location: join(colin, path), path });
  const files = [place(t1w), place(t1w.replace(".nii.gz", ".json"))];

  test("makes a valid dataset of it, once", async () => {
    const { state, summary } = await uploadScan({ client: admin, dataset: "uploads", files });
    expect([state, summary?.scans.added]).toEqual(["committed", 1]);
    expect(await newTopics()).toEqual(["metadata.uploaded", "scan.uploaded"]);
    const description = readFileSync(join(bucket, "datasets/uploads/dataset_description.json"), "utf8");
    expect(JSON.parse(description)).toMatchObject({ Name: "uploads" });
    const again = await uploadScan({ client: admin, dataset: "uploads", files });
    expect(again.summary?.scans).toMatchObject({ added: 0, changed: 0 });
    expect(await newTopics()).toHaveLength(2);
    expect(filesBelow(join(bucket, "staging"))).toEqual([]);
  });

  test("with any file that is not BIDS is refused as a whole", async () => {
    const bad = { location: join(colin, "README"), path: "sub-01/anat/readme" };
    const problem = await problemOf(uploadScan({ client: admin, dataset: "refused", files: [...files, bad] }));
    expect(problem.findings.map(({ where }) => where)).toEqual(["sub-01/anat/readme"]);
    expect([filesBelow(join(bucket, "datasets/refused")), filesBelow(join(bucket, "staging"))]).toEqual([[], []]);
  });

  test("with a path that leads out of the dataset is refused", async () => {
    const bad = { location: join(colin, "README"), path: "../../evil" };
    expect(
      (await problemOf(uploadScan({ client: admin, dataset: "refused", files: [bad] }))).findings[0]?.message,
    ).toContain('".."');
  });
});

describe("hostile requests", () => {
  const boundary = "x-boundary";
  const part = (path: string, text: string): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${path}"\r\n\r\n${text}`;
  const send = (
    body: string | ReadableStream,
    headers: Record<string, string> = {},
    signal: AbortSignal | null = null,
  ) =>
    admin.raw("/v1/uploads?dataset=hostile", {
      method: "POST",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}`, ...headers },
      body,
      signal,
      ...(typeof body === "string" ? {} : { duplex: "half" as const }),
    });
  const nothingLeft = async (): Promise<void> => {
    await expect.poll(() => filesBelow(join(bucket, "staging")), { timeout: 10_000 }).toEqual([]);
    expect(filesBelow(join(bucket, "datasets/hostile"))).toEqual([]);
    const alive = () => sql`select 1 from ingest.imports where dataset = 'hostile' and state in ('open', 'committed')`;
    await expect.poll(alive, { timeout: 10_000 }).toHaveLength(0);
  };

  test("an upload that is cut short leaves nothing", async () => {
    const cut = new AbortController();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from(part("sub-01/anat/sub-01_T1w.nii.gz", "half of")));
        setTimeout(() => cut.abort(), 300);
      },
    });
    await expect(send(body, {}, cut.signal)).rejects.toThrow();
    await nothingLeft();
  });

  test.each([
    ["without its end", part("sub-01/anat/sub-01_T1w.nii.gz", "half")],
    ["without any file", `--${boundary}--\r\n`],
    ["of a path with a line break", `${part("sub-01/anat/a%0Ab", "x").replace("%0A", "\n")}\r\n--${boundary}--\r\n`],
    ["of a path that leads out", `${part("../x", "x")}\r\n--${boundary}--\r\n`],
    ["of a Windows path", `${part("C:\\\\x", "x")}\r\n--${boundary}--\r\n`],
  ])("an upload %s is refused and leaves nothing", async (_, body) => {
    const problem = await problemOf(send(body));
    expect(problem.code).toBe("invalid");
    await nothingLeft();
  });

  test("an upload that is not a form is refused", async () => {
    expect((await problemOf(send("{}", { "content-type": "application/json" }))).code).toBe("invalid");
  });

  test.each([
    ["other bytes", `[["sha256:${"0".repeat(64)}",1]]\nx`],
    ["too few bytes", `[["sha256:${"0".repeat(64)}",9]]\nx`],
    ["no index", "x"],
  ])("a pack with %s is refused", async (_, body) => {
    const { id } = await admin.call(ingestRoutes.beginImport, { body: { dataset: "hostile" } });
    const files = [{ path: "README", size: 1, sha256: `sha256:${"0".repeat(64)}` }];
    await admin.call(ingestRoutes.addManifest, { params: { import: id }, body: { files } });
    const headers = { "content-type": "application/octet-stream" };
    expect((await problemOf(admin.raw(`/v1/imports/${id}/packs`, { method: "POST", headers, body }))).code).toBe(
      "invalid",
    );
    await admin.call(ingestRoutes.abortImport, { params: { import: id } });
    await nothingLeft();
  });

  test("paths of a manifest that leave the dataset are refused by the server too", async () => {
    const { id } = await admin.call(ingestRoutes.beginImport, { body: { dataset: "hostile", strict: true } });
    const sha256 = `sha256:${createHash("sha256").update("").digest("hex")}`;
    const files = ["../../x", "a\u0001b", "sub-01/anat/sub-01_T1w.nii.gz/x", `code/${"y".repeat(2000)}`].map(
      (path) => ({ path, size: 0, sha256 }),
    );
    await list(id, files);
    await admin.call(ingestRoutes.addManifest, { params: { import: id }, body: { files } });
    await admin.raw(`/v1/imports/${id}/objects/${encodeURIComponent(sha256)}`, { method: "PUT" });
    await admin.call(ingestRoutes.commitImport, { params: { import: id }, body: { files: 4 } });
    const status = () => admin.call(ingestRoutes.showImport, { params: { import: id } });
    await expect.poll(async () => (await status()).state).toBe("refused");
    expect((await status()).findings).toHaveLength(5);
    await nothingLeft();
  });
});

describe("a deletion", () => {
  test("of a subject makes ingest forget its files, so that the next import brings them anew", async () => {
    const directory = join(scratch, "with-a-questionnaire");
    cpSync(colin, directory, { recursive: true });
    mkdirSync(join(directory, "phenotype"));
    writeFileSync(join(directory, "phenotype/bdi.tsv"), "participant_id\ttotal\nsub-01\t7\nsub-02\t30\n");
    await importDataset({ client: admin, directory, dataset: "deletions" });
    await publish("subject.deleted", { dataset: "deletions", subject: "01", deleter: "admin" });
    await expect
      .poll(() => sql`select 1 from ingest.files where dataset = 'deletions' and path like 'sub-01/%'`, {
        timeout: 10_000,
      })
      .toHaveLength(0);
    const rewritten = await sql`
      select path from ingest.files where dataset = 'deletions' and path in ('participants.tsv', 'phenotype/bdi.tsv')`;
    expect(rewritten, "tables that the catalog has rewritten").toEqual([]);
    const report = await importDataset({ client: admin, directory, dataset: "deletions" });
    expect(report.status.summary?.scans.added).toBe(1);
  });

  test("of a dataset makes ingest forget all of it", async () => {
    await publish("dataset.deleted", { dataset: "deletions", deleter: "admin" });
    await expect
      .poll(() => sql`select 1 from ingest.files where dataset = 'deletions'`, { timeout: 10_000 })
      .toHaveLength(0);
  });
});

describe("example datasets", () => {
  const examples = process.env.BIDS_EXAMPLES ?? join(import.meta.dirname, "../../../shared/samples/bids-examples");
  const names = existsSync(examples) ? readdirSync(examples) : [];
  test.skipIf(names.length === 0 && process.env.CI !== "true")("are there (else set BIDS_EXAMPLES)", () => {
    expect(names).not.toEqual([]);
  });
  test.each(names)("%s is imported", { timeout: 240_000 }, async (name) => {
    const report = await importDataset({ client: admin, directory: join(examples, name), dataset: `x-${name}` });
    expect(report.status.state).toBe("committed");
  });
});

test("many files are one transaction", async () => {
  const directory = join(scratch, "many");
  for (let subject = 0; subject < 300; subject++) {
    for (const suffix of ["T1w.nii.gz", "T1w.json", "T2w.nii.gz"]) {
      const path = join(directory, `sub-${subject}/anat/sub-${subject}_${suffix}`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, suffix.endsWith("json") ? "{}" : `${subject}`);
    }
  }
  writeFileSync(join(directory, "dataset_description.json"), '{"Name": "many", "BIDSVersion": "1.11.1"}');
  const report = await importDataset({ client: admin, directory, dataset: "many" });
  expect(report.status.summary).toMatchObject({ scans: { added: 600 }, files: { added: 901 } });
});

/** Declares that these are all files of the dataset. */
const list = async (id: string, files: readonly { path: string; size: number }[]): Promise<void> => {
  const part = { after: null, to: null, files: files.map(({ path, size }) => ({ path, size, version: null })) };
  await admin.call(ingestRoutes.listImportFiles, { params: { import: id }, body: part });
};

/** As the catalog publishes it. */
const publish = <T extends "subject.deleted" | "dataset.deleted">(topic: T, message: MessageInitOf<T>) =>
  publishEvent(topic, message, { url: servers.natsUrl, source: "catalog" });
