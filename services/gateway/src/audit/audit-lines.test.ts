import { subjectHash } from "@rollerblade/abids";
import { expect, test } from "vitest";
import { type AnsweredRequest, answeredLines, mayChange, requestedLine } from "./audit-lines.ts";

const request = (over: Partial<AnsweredRequest>): AnsweredRequest => ({
  time: new Date(0),
  actor: "ada",
  method: "GET",
  path: "/v1/datasets/brains",
  status: 200,
  operation: "showDataset",
  used: ["dataset brains"],
  address: "192.0.2.7",
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  ...over,
});
const shortOf = (over: Partial<AnsweredRequest>): string[] =>
  answeredLines(request(over)).map(({ actor, action, subject, outcome }) => `${actor} ${action} ${subject} ${outcome}`);

test.each<[string, Partial<AnsweredRequest>, string[]]>([
  ["reading a dataset", {}, ["ada read.showDataset dataset brains allowed"]],
  [
    "a question with a body, about two datasets",
    { method: "POST", path: "/v1/queries/run", operation: "runQuery", used: ["dataset a", "dataset b"] },
    ["ada read.runQuery dataset a allowed", "ada read.runQuery dataset b allowed"],
  ],
  ["a link", { path: "/v1/files/link", operation: "linkFile" }, ["ada link.linkFile dataset brains allowed"]],
  [
    "an object, by a link",
    { path: "/objects/ab", operation: "getObject", used: ["object ab"], actor: "anonymous" },
    ["anonymous download.getObject object ab allowed"],
  ],
  ["a download", { operation: "exportDataset" }, ["ada download.exportDataset dataset brains allowed"]],
  [
    "a run",
    { method: "POST", path: "/v1/runs", operation: "createRun", used: ["analysis mask"] },
    ["ada run.createRun analysis mask allowed"],
  ],
  [
    "a deletion that is refused",
    { method: "DELETE", operation: "deleteDataset", status: 403 },
    ["ada deletion.deleteDataset dataset brains refused"],
  ],
  [
    "a grant",
    { method: "PUT", path: "/v1/grants/dataset/brains/bob", operation: "giveGrant" },
    ["ada grant.giveGrant dataset brains allowed"],
  ],
  ["what does not exist for somebody", { status: 404 }, ["ada read.showDataset dataset brains refused"]],
  [
    "no token",
    { status: 401, operation: null, used: [], actor: "anonymous" },
    ["anonymous read.GET dataset brains refused"],
  ],
  [
    "a change that failed",
    { method: "POST", path: "/v1/analyses/mask", operation: null, used: [], status: 503 },
    ["ada change.POST analysis mask failed"],
  ],
  ["reading that uses nothing", { path: "/v1/me", operation: "me", used: [] }, []],
  ["too many requests", { status: 429 }, []],
  ["a part of an import", { method: "PUT", path: "/v1/imports/1/objects/ab", operation: "putObject" }, []],
])("the lines of %s", (_, over, lines) => {
  expect(shortOf(over)).toEqual(lines);
});

test("a line says from where, in which trace, and by which request", () => {
  expect(answeredLines(request({}))[0]).toMatchObject({
    time: "1970-01-01T00:00:00.000Z",
    address: "192.0.2.7",
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    details: { method: "GET", path: "/v1/datasets/brains" },
  });
});

test("a line stands before every change, and before no question", () => {
  const changes: [string, string][] = [
    ["DELETE", "/v1/datasets/brains"],
    ["POST", "/v1/runs"],
    ["PUT", "/v1/queries/run"],
    ["PUT", "/v1/grants/dataset/brains/bob"],
    ["POST", "/v1/imports"],
    ["POST", "/v1/uploads"],
  ];
  expect(changes.filter(([method, path]) => !mayChange(method, path))).toEqual([]);
  const questions: [string, string][] = [
    ["GET", "/v1/datasets/brains"],
    ["POST", "/v1/queries/run"],
    ["POST", "/v1/queries/count"],
    ["POST", "/v1/slices"],
    ["POST", "/v1/pipelines/nightly/plan"],
    ["PUT", "/v1/imports/1/objects/ab"],
  ];
  expect(questions.filter(([method, path]) => mayChange(method, path))).toEqual([]);
  const { status: _status, operation: _operation, used: _used, ...tried } = request({ method: "DELETE" });
  expect(requestedLine(tried)).toMatchObject({
    action: "change.DELETE",
    subject: "dataset brains",
    outcome: "requested",
  });
});

test("no line names a person: a label stands as a pseudonym, the same wherever it comes", () => {
  const hash = subjectHash("brains", "01").slice(0, 16);
  const deletion = { method: "DELETE", operation: "deleteSubject", path: "/v1/datasets/brains/subjects/01" };
  const object = "datasets/brains/sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz";
  const download = { path: `/objects/${object}`, operation: "getObject", used: [`object ${object}`] };
  const lines = [
    ...answeredLines(request(deletion)),
    requestedLine(request({ ...deletion, path: "/v1/datasets/brains/subjects/%30%31/restore" })),
    ...answeredLines(request(download)),
  ];
  expect(lines.map(({ details }) => details?.path)).toEqual([
    `/v1/datasets/brains/subjects/~${hash}`,
    `/v1/datasets/brains/subjects/~${hash}/restore`,
    `/objects/datasets/brains/sub-~${hash}/ses-1/anat/sub-~${hash}_ses-1_T1w.nii.gz`,
  ]);
  expect(lines.at(-1)?.subject).toBe(`object datasets/brains/sub-~${hash}/ses-1/anat/sub-~${hash}_ses-1_T1w.nii.gz`);
});
