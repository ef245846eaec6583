import { contextFromTraceparent } from "@rollerblade/telemetry";
import { describe, expect, test } from "vitest";
import { eventsOfImport } from "./import-events.ts";
import type { Mode, Plan, PlanInput, RecordedFile } from "./plan.ts";
import { planImport, scanFolderOf } from "./plan-import.ts";

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
  hasDescription: true,
  ...more,
});

const plan = (files: Record<string, string>, more: Partial<PlanInput> = {}): Plan => {
  const planned = planImport(input(files, more));
  if (!planned.accepted) throw new Error(JSON.stringify(planned.findings));
  return planned.plan;
};

/** The records that an import of these files leaves. */
const recorded = (files: Record<string, string>, origin: Mode = "mirror"): RecordedFile[] =>
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

  test("of what is there already does nothing", () => {
    const again = plan(whole, { recorded: recorded(whole) });
    expect([again.put, again.record, again.remove, again.scansUploaded, again.metadata]).toEqual([[], [], [], [], []]);
  });

  test("of a changed companion tells its scan anew, with all files", () => {
    const changed = plan({ ...whole, [sidecar]: "j2" }, { recorded: recorded(whole) });
    expect([changed.put.map(({ path }) => path), changed.scansUploaded[0]?.files.length]).toEqual([[sidecar], 2]);
  });

  test("of a mirror removes what is not there any more", () => {
    const { remove, scansRemoved, metadataRemoved } = plan({ [description]: "d" }, { recorded: recorded(whole) });
    expect([remove, scansRemoved, metadataRemoved]).toEqual([
      [sidecar, t1w, "participants.tsv"],
      [t1w],
      [sidecar, "participants.tsv"],
    ]);
  });

  test("of a mirror leaves what was added by hand", () => {
    const added = recorded({ [t1w]: "a" }, "add");
    expect(plan({ [description]: "d" }, { recorded: added }).remove).toEqual([]);
  });

  test("of an addition removes nothing and gives a companion to the scan that is there", () => {
    const there = recorded({ [t1w]: "a", [description]: "d" });
    const { remove, scansUploaded } = plan({ [sidecar]: "j" }, { mode: "add", recorded: there });
    expect([remove, scansUploaded[0]?.files.map(({ path }) => path)]).toEqual([[], [sidecar, t1w]]);
  });

  test("leaves out what BIDS ignores, and says so", () => {
    const { skipped, put } = plan({ ...whole, "sourcedata/a.dcm": "x", "derivatives/p/sub-01/x.nii": "y" });
    expect([skipped, put.length]).toEqual([{ sourcedata: 1, derivative: 1 }, 4]);
  });

  test("is refused with every problem", () => {
    const files = {
      "sub-01/anat/sub-01_t1w.nii.gz": "a",
      [sidecar]: "bad",
      "code/a": "1",
      "code/a/b": "2",
      "../x": "3",
    };
    const planned = planImport(input(files, { hasDescription: false, faults: new Map([["bad", "is not JSON"]]) }));
    expect(planned.accepted ? [] : planned.findings.map(({ where }) => where)).toEqual([
      description,
      "sub-01/anat/sub-01_t1w.nii.gz",
      sidecar,
      "../x",
      "code/a/b",
    ]);
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

  test("of a mirror are a batch that counts them", () => {
    const events = eventsOfImport(plan(whole), origin);
    expect(events.map(({ topic }) => topic)).toEqual([
      "batch.opened",
      "metadata.uploaded",
      "scan.uploaded",
      "batch.closed",
    ]);
    expect(events.at(-1)?.message).toMatchObject({ events: 2n });
  });

  test("without a change are none", () => {
    expect(eventsOfImport(plan(whole, { recorded: recorded(whole) }), origin)).toEqual([]);
  });

  test("of many files are messages that fit", () => {
    const names = Array.from({ length: 3000 }, (_, at) => `code/${"x".repeat(200)}${at}`);
    const events = eventsOfImport(plan(Object.fromEntries(names.map((name) => [name, "c"]))), origin);
    const files = events.flatMap((event) =>
      event.topic === "metadata.uploaded" ? [event.message.files?.length ?? 0] : [],
    );
    expect([files.length, files.reduce((sum, count) => sum + count, 0)]).toEqual([4, 3000]);
  });
});
