import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import { afterEach, expect, test } from "vitest";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What `dataset check` says of one file of a dataset with these files: the rules, and the messages. */
const said = (files: Readonly<Record<string, string | Buffer>>, of: string, ...rules: readonly string[]): string[] => {
  const folder = mkdtempSync(join(tmpdir(), "rollerblade-contents-"));
  folders.push(folder);
  const all = { "dataset_description.json": '{"Name": "x", "BIDSVersion": "1.11.1"}', README: "x", ...files };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return [...indexFolder(folder, { tables: true })]
    .flatMap(({ findings }) => findings)
    .filter(({ file, rule }) => file === of && rules.includes(rule))
    .map(({ message }) => message);
};

const physio = "sub-01/func/sub-01_task-rest_physio";
const sidecar = { [`${physio}.json`]: '{"SamplingFrequency": 10, "StartTime": 0, "Columns": ["cardiac", "trigger"]}' };
const rows = (...lines: readonly string[]): Buffer => gzipSync(`${lines.join("\n")}\n`);

test.each([
  ["numbers", rows("0.1\t0", "0.2\t1"), []],
  ["nothing known in the first line", rows("n/a\tn/a", "0.2\t1"), []],
  ["many rows", gzipSync(Array.from({ length: 200_000 }, (_, at) => `${at * 7919}\t${at % 2}`).join("\n")), []],
  ["names of its columns", rows("cardiac\ttrigger", "0.1\t0"), [expect.stringContaining("a line of column names")]],
  ["names of other columns", rows("pulse\tscanner", "0.1\t0"), [expect.stringContaining("a line of column names")]],
  ["a column too many", rows("0.1\t0\t3"), ["line 1 has 3 cells where Columns of its sidecar names 2"]],
  ["a ragged row", rows("0.1\t0", "0.1"), ["line 2 has 1 cells where Columns of its sidecar names 2"]],
  ["no gzip", Buffer.from("0.1\t0\n"), ["is not compressed with gzip, contrary to its name"]],
  ["half a gzip stream", rows("0.1\t0", "0.2\t1").subarray(0, 20), [expect.stringContaining("cannot be decompressed")]],
  ["no text", gzipSync(Buffer.from([0xff, 0xfe, 0x00])), ["is not UTF-8 text"]],
])("a compressed table of %s", (_, content, messages) => {
  expect(said({ ...sidecar, [`${physio}.tsv.gz`]: content }, `${physio}.tsv.gz`, "bad-table")).toEqual(messages);
});

test("a value in a compressed table is held against the schema, with the line it stands in", () => {
  expect(said({ ...sidecar, [`${physio}.tsv.gz`]: rows("0.1\t0", "0.2\tx") }, `${physio}.tsv.gz`, "bad-value")).toEqual(
    [expect.stringContaining('line 2 has "x" as trigger')],
  );
});

test("a byte order mark in JSON is an error, in a sidecar, a data dictionary and the description", () => {
  const files = {
    "dataset_description.json": '\uFEFF{"Name": "x", "BIDSVersion": "1.11.1"}',
    "participants.json": '\uFEFF{"age": {"Units": "year"}}',
    "sub-01/anat/sub-01_T1w.json": '\uFEFF{"EchoTime": 0.003}',
    "sub-01/anat/sub-01_T1w.nii.gz": "",
  };
  for (const path of Object.keys(files).filter((one) => one.endsWith(".json")))
    expect(said(files, path, "json-encoding"), path).toEqual(["begins with a byte order mark, which JSON must not"]);
});

test("a session that is listed and has no folder is told, and one that has is not", () => {
  const files = {
    "sub-01/sub-01_sessions.tsv": "session_id\nses-a\nses-b\n",
    "sub-01/ses-a/anat/sub-01_ses-a_T1w.nii.gz": "",
  };
  expect(said(files, "sub-01/sub-01_sessions.tsv", "listed-without-data")).toEqual([
    "lists ses-b, which has no folder",
  ]);
});

test("arterial spin labelling needs its context, which may lie above it", () => {
  const asl = "sub-01/perf/sub-01_asl.nii.gz";
  const told = (files: Readonly<Record<string, string>>) => said({ [asl]: "", ...files }, asl, "missing-companion");
  expect(told({})).toEqual(["is there without its aslcontext.tsv file"]);
  expect(told({ "sub-01/perf/sub-01_aslcontext.tsv": "volume_type\nlabel\n" })).toEqual([]);
  expect(told({ "aslcontext.tsv": "volume_type\nlabel\n" })).toEqual([]);
});

const eeg = "sub-01/eeg/sub-01_task-rest_eeg";
test.each([
  [["vhdr", "eeg", "vmrk"], {}],
  [["set"], {}],
  [["set", "fdt"], {}],
  [["edf"], {}],
  [["vhdr"], { vhdr: "is there without its .eeg and .vmrk file" }],
  [["vhdr", "eeg"], { vhdr: "is there without its .vmrk file" }],
  [["eeg"], { eeg: "is there without its .vhdr file" }],
  [["vmrk"], { vmrk: "is there without its .vhdr file" }],
  [["fdt"], { fdt: "is there without its .set file" }],
  [["bdf", "edf"], { edf: "is the recording that sub-01_task-rest_eeg.bdf holds in another format" }],
  [["edf", "set"], { set: "is the recording that sub-01_task-rest_eeg.edf holds in another format" }],
])("of a recording of %j", (extensions, messages: Readonly<Record<string, string>>) => {
  const files = Object.fromEntries(extensions.map((one) => [`${eeg}.${one}`, ""]));
  for (const one of extensions)
    expect(said(files, `${eeg}.${one}`, "missing-companion", "duplicate-recording")).toEqual(
      messages[one] === undefined ? [] : [messages[one]],
    );
});
