import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { openObjectStore } from "@rollerblade/object-store";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ingest } from "../../services/ingest/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld([ingest]);
const { sql, servers, scratch, copyOfColin } = world;
const client = world.admin("ingest");
const t1w = "sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz";

afterAll(world.stop);
beforeEach(() => sql`delete from ingest.outbox`);

const newTopics = async (): Promise<string[]> =>
  (await sql<{ topic: string }[]>`select topic from ingest.outbox order by sequence`).map(({ topic }) => topic);
const into = (dataset: string, directory: string, inPlace = true, mode: "add" | "mirror" = "add") =>
  importDataset({ client, directory, dataset, inPlace, mode });

describe("an import in place", () => {
  test("announces every scan, copies nothing, and its files are read where they are", async () => {
    const { status } = await into("placed", copyOfColin("placed"));
    expect(status).toMatchObject({ state: "committed", findings: [], summary: { scans: { added: 12 } } });
    expect((await newTopics()).filter((topic) => topic === "scan.uploaded")).toHaveLength(12);
    expect(existsSync(join(fileURLToPath(servers.objectsUrl), "datasets/placed"))).toBe(false);
    const objects = openObjectStore(servers.objectsUrl, { publicUrl: "http://127.0.0.1:1", secret: "x" });
    const bytes = await buffer(await objects.get(`datasets/placed/${t1w}`));
    expect((await objects.head(`datasets/placed/${t1w}`))?.size).toBe(bytes.length);
    const [row] = await sql<
      { sha256: string }[]
    >`select sha256 from ingest.files where dataset = 'placed' and path = ${t1w}`;
    const [read] = await objects.inspect([{ key: `datasets/placed/${t1w}`, size: bytes.length, keep: 2 }]);
    expect(read).toMatchObject({ size: bytes.length, sha256: row?.sha256, head: new Uint8Array([0x1f, 0x8b]) });
  });

  test("again publishes nothing; of a changed sidecar, a new subject and a removed scan it announces just these", async () => {
    const directory = copyOfColin("changing");
    await into("changing", directory);
    await sql`delete from ingest.outbox`;
    const again = await into("changing", directory);
    expect(again.status.summary?.scans).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 12 });
    expect(await newTopics()).toEqual([]);

    writeFileSync(join(directory, "T1w.json"), '{"Manufacturer": "Other"}');
    mkdirSync(join(directory, "sub-99/anat"), { recursive: true });
    cpSync(join(directory, t1w), join(directory, "sub-99/anat/sub-99_T1w.nii.gz"));
    rmSync(join(directory, t1w));
    const { status } = await into("changing", directory, true, "mirror");
    expect(status.summary).toMatchObject({ scans: { added: 1, removed: 1, unchanged: 11 }, gone: [t1w] });
    const events = await newTopics();
    expect([events[0], events.at(-1)]).toEqual(["batch.opened", "batch.closed"]);
    expect(events.filter((topic) => topic === "scan.uploaded")).toHaveLength(1);
    expect(events.filter((topic) => topic === "scan.removed")).toHaveLength(1);
    expect(events).toContain("metadata.uploaded");
  });

  test("of a dataset that was copied is refused, and the other way round", async () => {
    const directory = copyOfColin("both");
    await into("both", directory, false);
    await expect(into("both", directory)).rejects.toThrow("Nothing was imported");
    await into("both-placed", directory);
    await expect(into("both-placed", directory, false)).rejects.toThrow("Nothing was imported");
  });

  test("of a place that is not there is refused", async () => {
    await expect(into("nowhere", join(scratch, "nowhere"))).rejects.toThrow("Nothing was imported");
  });
});

describe.each([true, false])("hostile data (in place: %s)", (inPlace) => {
  test("is a finding each, and the rest is imported", async () => {
    const dataset = `hostile-${inPlace}`;
    const directory = copyOfColin(dataset);
    const put = (path: string, content: string | Buffer): void => {
      mkdirSync(join(directory, path, ".."), { recursive: true });
      writeFileSync(join(directory, path), content);
    };
    const deep = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;
    put("sub-70/anat/sub-70_T1w.json", deep);
    put("sub-70/anat/sub-70_T1w.nii.gz", gzipSync(Buffer.alloc(50 * 2 ** 20)));
    put("sub-71/anat/sub-71_T1w.nii.gz", "no image");
    put("sub-71/anat/sub-71_T1w.json", '{"__proto__": {"polluted": true}, "EchoTime": 0.1}');
    put("sub-72/anat/sub-72_T2w.nii", Buffer.from([92, 1, 0, 0]));
    put("sub-72/anat/line\nbreak", "");
    put("sub-72/anat/scan 🧠.nii", "");
    put(`sub-72/anat/${"x".repeat(250)}`, "");
    put("participants.tsv", `\uFEFFparticipant_id\tage\r\nsub-01\t20\t3\r\n${Array(100).fill("x").join("\t")}\r\n`);
    symlinkSync("/etc/passwd", join(directory, "sub-72/anat/sub-72_T1w.nii"));
    symlinkSync("..", join(directory, "sub-72/loop"));
    const { status } = await into(dataset, directory, inPlace);
    expect(status.state).toBe("committed");
    // Who copies a folder reads what its links lead to with their own rights; a server in place does not follow them.
    expect(status.summary?.scans.added).toBe(15);
    expect(new Set(status.findings.map(({ where }) => where))).toEqual(
      new Set([
        "sub-70/anat/sub-70_T1w.json",
        "sub-70/anat/sub-70_T1w.nii.gz",
        "sub-71/anat/sub-71_T1w.nii.gz",
        "sub-72/anat/sub-72_T2w.nii",
        "sub-72/anat/line\nbreak",
        "sub-72/anat/scan 🧠.nii",
        `sub-72/anat/${"x".repeat(250)}`,
        "sub-72/anat/sub-72_T1w.nii",
        "sub-72/loop",
      ]),
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("polluted");
  });
});
