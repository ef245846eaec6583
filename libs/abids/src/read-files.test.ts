import { describe, expect, test } from "vitest";
import {
  readParticipants,
  readPhenotype,
  readSamples,
  readScans,
  readSessions,
  sessionAttributes,
  sessionRow,
} from "./attributes.ts";
import { canonicalJson, mergeMetadata } from "./json.ts";
import { readJsonObject } from "./read-json.ts";
import { readTsv } from "./tsv.ts";

describe("tables", () => {
  test.each([
    ["numbers are numbers", "a\tb\n1.5\t-2e3\n", [{ a: 1.5, b: -2000 }]],
    ["n/a and nothing are null", "a\tb\nn/a\t\n", [{ a: null, b: null }]],
    ["codes stay text", "a\tparticipant_id\n007\t12\n", [{ a: "007", participant_id: "12" }]],
    ["what a number cannot hold stays text", "a\n12345678901234567890\n", [{ a: "12345678901234567890" }]],
    ["a byte order mark and CRLF are no content", "\uFEFFa\tb\r\n1\t2\r\n", [{ a: 1, b: 2 }]],
    ["ages above 89 stay as written", "age\n89+\n", [{ age: "89+" }]],
  ])("%s", (_, text, rows) => {
    expect(readTsv("x.tsv", text)).toMatchObject({ rows, findings: [] });
  });

  test.each([
    ["ragged", "a\tb\n1\n1\t2\t3\n", "x.tsv:2"],
    ["a column twice", "a\ta\n1\t2\n", "x.tsv:1"],
    ["empty", "", "x.tsv"],
    ["too many columns", "a\t".repeat(100_000), "x.tsv"],
  ])("%s is a finding", (_, text, where) => {
    expect(readTsv("x.tsv", text).findings[0]?.where).toBe(where);
  });

  test("bytes that are not text are a finding", () => {
    expect(readTsv("x.tsv", new Uint8Array([0xff, 0xfe, 0x00])).findings[0]?.message).toBe("is not UTF-8 text");
  });
});

describe("attributes", () => {
  test("a session without an age has the subject's", () => {
    const subject =
      readParticipants("participants.tsv", "participant_id\tage\tsex\nsub-01\t45.2\tF\n").byLabel.get("01") ?? {};
    const sessions = readSessions("s.tsv", "session_id\tage\nses-a\t47.3\nses-b\tn/a\n").byLabel;
    expect(sessionAttributes(subject, sessions.get("a") ?? {})).toEqual({ age: 47.3 });
    expect(sessionAttributes(subject, sessions.get("b") ?? {})).toEqual({ age: 45.2 });
    expect(sessionAttributes({}, {})).toEqual({});
  });

  test("a row a session in participants.tsv is of the session, and of the subject is what all its rows agree on", () => {
    const table =
      "participant_id\tsession_id\tage\tsex\tgroup\nsub-01\tses-a\t20\tF\tx\nsub-01\tses-b\t22\tF\ty\nsub-02\tn/a\t30\tM\tx\nsub-02\tses-a\t31\tM\tn/a\n";
    const { byLabel, sessions, findings } = readParticipants("participants.tsv", table);
    expect(findings).toEqual([]);
    expect(Object.fromEntries(byLabel)).toEqual({ "01": { sex: "F" }, "02": { age: 30, sex: "M", group: "x" } });
    expect(sessions.map(({ subject, part, attributes }) => [subject, part, attributes.age, attributes.group])).toEqual([
      ["01", "a", 20, "x"],
      ["01", "b", 22, "y"],
      ["02", "a", 31, null],
    ]);
    const twice = readParticipants("p.tsv", "participant_id\tsession_id\tage\nsub-01\tses-a\t1\nsub-01\tses-a\t2\n");
    expect(twice.findings).toEqual([
      { where: "p.tsv:3", message: "sub-01 with ses-a appears twice; the first row is used" },
    ]);
    expect(sessionRow({ age: 20, group: "x" }, { age: 21, group: null, hand: "L" })).toEqual({
      ...{ age: 21, group: "x", hand: "L" },
    });
    expect(sessionRow({ age: 20 }, { age: null, age_as_written: "old" })).toEqual({ age: null, age_as_written: "old" });
  });

  test("a row without a label, and a second row of one, are findings", () => {
    const { byLabel, findings } = readParticipants("p.tsv", "participant_id\tage\nsub-01\t1\nsub-01\t2\nx y\t3\n");
    expect([byLabel.get("01"), findings.map(({ where }) => where)]).toEqual([{ age: 1 }, ["p.tsv:3", "p.tsv:4"]]);
  });
});

describe("JSON", () => {
  test("one value has one text", () => {
    expect(canonicalJson({ b: [1, 2.5, "ü"], a: { d: null, c: true } })).toBe(
      '{"a":{"c":true,"d":null},"b":[1,2.5,"ü"]}',
    );
  });

  test("lower sidecars replace upper ones key by key", () => {
    expect(mergeMetadata([{ a: 1, b: { c: 1 } }, { b: { d: 2 } }])).toEqual({ a: 1, b: { d: 2 } });
  });

  test.each([
    ["too deep", "[".repeat(10_000), "nested deeper"],
    ["no JSON", '{"a": NaN}', "is not JSON"],
    ["no object", "[1]", "not an object"],
    ["too large", `{"a": "${"x".repeat(100)}"}`, "the limit is 100"],
  ])("%s is a finding", (_, text, message) => {
    expect(
      readJsonObject("x.json", text, { bytes: 100, ...(text.startsWith("[[") && { bytes: 1e6 }) }).findings[0]?.message,
    ).toContain(message);
  });

  test("a sidecar cannot change a prototype", () => {
    const { value } = readJsonObject(
      "x.json",
      '{"__proto__": {"polluted": 1}, "a": {"constructor": {"prototype": 1}}, "b": 2}',
    );
    expect(value).toEqual({ a: {}, b: 2 });
    expect(Object.getPrototypeOf(mergeMetadata([value ?? {}]))).toBe(Object.prototype);
  });
});

describe("tables about scans and people", () => {
  test("scans are known by their path in the dataset", () => {
    const text =
      "filename\tacq_time\nfunc/sub-01_task-x_bold.nii.gz\t2020-01-01T00:00:00\n../../etc/passwd\tx\nn/a\ty\n";
    const { byLabel, findings } = readScans("sub-01/sub-01_scans.tsv", text);
    expect([...byLabel.keys()]).toEqual(["sub-01/func/sub-01_task-x_bold.nii.gz"]);
    expect(findings.map(({ where }) => where)).toEqual(["sub-01/sub-01_scans.tsv:3", "sub-01/sub-01_scans.tsv:4"]);
  });

  test("phenotypes are known by subject, or by subject and session", () => {
    const text = "participant_id\tscore\nsub-01\t3\nsub-01\t4\nnobody here\t5\n";
    const { rows, findings } = readPhenotype("phenotype/x.tsv", text);
    expect(rows).toEqual([{ subject: "01", part: null, attributes: { score: 3 } }]);
    expect(findings.map(({ where }) => where)).toEqual(["phenotype/x.tsv:3", "phenotype/x.tsv:4"]);
    const again = readPhenotype("x.tsv", "participant_id\tsession_id\tscore\nsub-01\tses-a\t3\nsub-01\tses-b\t4\n");
    expect(again.rows.map(({ part, attributes }) => [part, attributes.score])).toEqual([
      ["a", 3],
      ["b", 4],
    ]);
  });

  test("samples are known by subject and sample", () => {
    const text = "sample_id\tparticipant_id\tsample_type\nsample-A\tsub-01\ttissue\nsample-A\tsub-02\tcell line\n";
    expect(readSamples("samples.tsv", text).rows).toEqual([
      { subject: "01", part: "A", attributes: { sample_type: "tissue" } },
      { subject: "02", part: "A", attributes: { sample_type: "cell line" } },
    ]);
    expect(readSamples("samples.tsv", "sample_id\nsample-A\n").findings[0]?.message).toContain("participant_id");
  });
});
