import { contextFromTraceparent } from "@rollerblade/telemetry";
import { describe, expect, test } from "vitest";
import { changesOf, isBatch, opening } from "./import-events.ts";
import type { FileOrigin, Plan, PlanInput, RecordedFile } from "./plan.ts";
import { planImport } from "./plan-import.ts";
import { scanFolderOf } from "./scan-folder.ts";

const t1w = "sub-01/anat/sub-01_T1w.nii.gz";
const sidecar = "sub-01/anat/sub-01_T1w.json";
const description = "dataset_description.json";

const manifest = (files: Record<string, string>) =>
  Object.entries(files).map(([path, sha256]) => ({ path, size: 1, sha256 }));

const input = (files: Record<string, string>, more: Partial<PlanInput> = {}): PlanInput => ({
  mode: "mirror",
  type: "raw",
  ignore: () => false,
  manifest: manifest(files),
  recorded: [],
  faults: new Map(),
  gone: new Set(),
  notFolders: new Set(),
  ...more,
});

const plan = (files: Record<string, string>, more: Partial<PlanInput> = {}): Plan => {
  const planned = planImport(input(files, more));
  if (planned.findings.length > 0) throw new Error(JSON.stringify(planned.findings));
  return planned.plan;
};

/** The records that an import of these files leaves. */
const recorded = (files: Record<string, string>, origin: FileOrigin = "import"): RecordedFile[] =>
  plan(files).record.map(({ path, size, sha256, scan, role }) => ({ path, size, sha256, scan, role, origin }));

const whole = { [description]: "d", [t1w]: "a", [sidecar]: "j", "participants.tsv": "p" };

describe("a plan", () => {
  test("brings scans with their companions, and metadata apart", () => {
    const { scansUploaded, metadata, scans } = plan(whole);
    expect(scansUploaded).toMatchObject([
      {
        path: t1w,
        files: [
          { path: sidecar, role: "json" },
          { path: t1w, role: "image" },
        ],
      },
    ]);
    expect(metadata.map(({ path, role }) => [path, role])).toEqual([
      [description, "description"],
      ["participants.tsv", "participants"],
    ]);
    expect(scans).toEqual({ added: 1, changed: 0, removed: 0, unchanged: 0 });
  });

  test("of an import removes nothing that its source no longer has or no longer names well", () => {
    const gone = new Set([t1w, sidecar]);
    const second = plan({ [description]: "d2" }, { mode: "add", gone, recorded: recorded(whole) });
    expect([second.remove, second.scansRemoved, second.metadataRemoved]).toEqual([[], [], []]);
    expect([second.changedPaths, second.scans]).toEqual([
      [description],
      { added: 0, changed: 0, removed: 0, unchanged: 1 },
    ]);
    const derived = plan({}, { mode: "add", type: "derivative", gone, recorded: recorded({ ...whole, CHANGES: "c" }) });
    expect([derived.remove, derived.scansRemoved]).toEqual([[], []]);
  });

  test("keeps what .bidsignore names, as no scan and unread", () => {
    const mask = "sub-01/anat/sub-01_T1w_label-lesion_roi.nii.gz";
    const kept = plan({ ...whole, [mask]: "m" }, { ignore: (path) => path === mask });
    expect(kept.metadata.filter(({ path }) => path === mask)).toMatchObject([{ role: "ignored", scan: null }]);
    expect([kept.skipped, kept.scans.added]).toEqual([{}, 1]);
  });

  test("of a mirror removes what its source no longer has", () => {
    const mirrored = plan({}, { mode: "mirror", gone: new Set([t1w, sidecar]), recorded: recorded(whole) });
    expect([mirrored.remove, mirrored.scansRemoved]).toEqual([[sidecar, t1w], [t1w]]);
  });

  test("of what is there already does nothing", () => {
    const again = plan(whole, { recorded: recorded(whole) });
    expect([again.put, again.record, again.remove, again.scansUploaded, again.metadata]).toEqual([[], [], [], [], []]);
  });

  test("of a changed companion publishes its scan again, with all files", () => {
    const changed = plan({ ...whole, [sidecar]: "j2" }, { recorded: recorded(whole) });
    expect([changed.put.map(({ path }) => path), changed.scansUploaded[0]?.files.length]).toEqual([[sidecar], 2]);
  });

  test("removes what is gone", () => {
    const gone = new Set([sidecar, t1w, "participants.tsv"]);
    const { remove, scansRemoved, metadataRemoved } = plan({}, { recorded: recorded(whole), gone });
    expect([[...remove].sort(), scansRemoved, [...metadataRemoved].sort()]).toEqual([
      [sidecar, t1w, "participants.tsv"].sort(),
      [t1w],
      [sidecar, "participants.tsv"].sort(),
    ]);
  });

  test("leaves what nobody speaks of", () => {
    expect(plan({}, { recorded: recorded(whole) }).remove).toEqual([]);
  });

  test("gives a companion to the scan that is there", () => {
    const there = recorded({ [t1w]: "a", [description]: "d" });
    const { remove, scansUploaded } = plan({ [sidecar]: "j" }, { recorded: there });
    expect([remove, scansUploaded[0]?.files.map(({ path }) => path)]).toEqual([[], [sidecar, t1w]]);
  });

  test("leaves out what BIDS ignores, and counts it", () => {
    const { skipped, put } = plan({ ...whole, "sourcedata/a.dcm": "x", "derivatives/p/sub-01/x.nii": "y" });
    expect([skipped, put.length]).toEqual([{ sourcedata: 1, derivative: 1 }, 4]);
  });

  test("leaves out what is not BIDS, reports it, and adds the rest", () => {
    const files = { ...whole, "sub-01/anat/sub-01_t1w.nii.gz": "a", "code/a": "1", "code/a/b": "2", "../x": "3" };
    const faults = new Map([["j", "is not JSON"]]);
    const planned = planImport(input(files, { faults, notFolders: new Set(["code/a"]) }));
    expect(planned.findings.map(({ where }) => where)).toEqual([
      "sub-01/anat/sub-01_t1w.nii.gz",
      "code/a/b",
      "../x",
      sidecar,
    ]);
    expect(planned.plan.put.map(({ path }) => path).sort()).toEqual([...Object.keys(whole), "code/a"].sort());
  });

  test("knows the folder of a scan that is a folder itself", () => {
    expect(scanFolderOf("sub-01/meg/sub-01_task-x_meg.ds/a/b")).toBe("sub-01/meg");
    expect(scanFolderOf(t1w)).toBe("sub-01/anat");
    expect(scanFolderOf("participants.tsv")).toBe("");
  });
});

describe("the events of a plan", () => {
  const origin = {
    id: "i",
    dataset: "d",
    uploader: "u",
    mode: "mirror",
    cause: contextFromTraceparent(""),
    expiresAt: new Date(0),
  } as const;

  test("come in the order in which consumers need them", () => {
    expect(changesOf(plan(whole), origin).map(({ topic }) => topic)).toEqual(["metadata.uploaded", "scan.uploaded"]);
  });

  test("of many scans are few", () => {
    const names = Array.from({ length: 250 }, (_, at) => `sub-${at}/anat/sub-${at}_T1w.nii.gz`);
    const events = changesOf(plan(Object.fromEntries(names.map((name) => [name, "c"]))), origin);
    expect(events.map(({ topic }) => topic)).toEqual(["scan.imported", "scan.imported", "scan.imported"]);
    const paths = events.flatMap(({ message }) =>
      ("scans" in message ? (message.scans ?? []) : []).map(({ path }) => path),
    );
    expect(paths.sort()).toEqual(names.sort());
  });

  test("of a mirror are a batch, of an addition are not", () => {
    expect([isBatch(origin), isBatch({ ...origin, mode: "add" }), isBatch({ ...origin, mode: "upload" })]).toEqual([
      true,
      true,
      false,
    ]);
    expect(opening(origin)).toMatchObject({ topic: "batch.opened", message: { batch: "i" } });
  });

  test("without a change are none", () => {
    expect(changesOf(plan(whole, { recorded: recorded(whole) }), origin)).toEqual([]);
  });

  test("of many files are messages that fit", () => {
    const names = Array.from({ length: 3000 }, (_, at) => `code/${"x".repeat(200)}${at}`);
    const events = changesOf(plan(Object.fromEntries(names.map((name) => [name, "c"]))), origin);
    const files = events.flatMap((event) =>
      event.topic === "metadata.uploaded" ? [event.message.files?.length ?? 0] : [],
    );
    expect([files.length, files.reduce((sum, count) => sum + count, 0)]).toEqual([4, 3000]);
  });
});
