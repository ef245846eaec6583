import { readParticipants } from "../attributes.ts";
import type { BidsName } from "../bids-name.ts";
import { type DatasetFinding, finding } from "../dataset-finding.ts";
import type { Scope } from "../dataset-scope.ts";
import { folderOf } from "../folder-of.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { readKeyedLines } from "../keyed-lines.ts";
import { checkContent } from "../schema-rules/check-content.ts";
import { associationRules } from "../schema-rules/content-rules.ts";
import { readJson } from "./scope.ts";

/** Bytes of `participants.tsv` that are read. */
const maxParticipantsBytes = 64 * 2 ** 20;

/** The fields that `dataset_description.json` must and should have. */
export const checkDescription = (scope: Scope): DatasetFinding[] => {
  const path = "dataset_description.json";
  const { value: json, findings } = readJson(scope.tree, scope.place.base, path);
  return [
    ...findings,
    ...(json === null ? [] : checkContent(scope, { path, name: null, metadata: {}, json, header: null })),
  ];
};

/** BIDS URIs of a sidecar (`bids:<dataset>:<path>`) that speak of a dataset which `DatasetLinks` does not name. */
export const checkUris = (scope: Scope, file: string, content: JsonObject): DatasetFinding[] => {
  const linked = scope.description?.DatasetLinks;
  const names = new Set<string>();
  for (const key of uriFields) collectUris(content[key], names);
  return [...names]
    .filter((name) => name !== "" && !(linked !== undefined && isJsonObject(linked) && Object.hasOwn(linked, name)))
    .map((name) => finding("unlinked-uri", file, `speaks of the dataset "${name}", which DatasetLinks does not name`));
};

/** Fields whose values may be BIDS URIs. */
const uriFields = ["Sources", "RawSources", "IntendedFor", "AssociatedEmptyRoom", "SpatialReference"] as const;

const collectUris = (value: Json | undefined, names: Set<string>): void => {
  if (typeof value === "string" && value.startsWith("bids:")) names.add(value.slice(5).split(":")[0] ?? "");
  else if (Array.isArray(value)) for (const one of value) collectUris(one, names);
  else if (value !== null && value !== undefined && isJsonObject(value))
    for (const one of Object.values(value)) collectUris(one, names);
};

/** `participants.tsv` against the subjects with a folder. */
export const checkParticipants = ({ tree, place, subjects }: Scope): DatasetFinding[] => {
  const file = `${place.base}participants.tsv`;
  const content = tree.read(file, maxParticipantsBytes);
  if (!content.ok || content.bytes.length === 0) return [];
  const { byLabel, findings } = readParticipants(file, content.bytes);
  const wrong = findings.filter(({ message }) => message.includes("participant_id") || message.includes("twice"));
  const unlisted = [...subjects].filter((label) => !byLabel.has(label));
  const absent = [...byLabel.keys()].filter((label) => !subjects.has(label));
  return [
    ...wrong.map(({ where, message }) =>
      finding("bad-participants", file, where === file ? message : `line ${where.slice(file.length + 1)}: ${message}`),
    ),
    ...some(unlisted).map((label) => finding("unlisted-subject", file, `does not list sub-${label}`)),
    ...some(absent).map((label) => finding("listed-without-data", file, `lists sub-${label}, who has no folder`)),
  ];
};

/** Rows of a `sessions.tsv` that speak of a session without a folder. `path`: relative to the dataset. */
export const checkSessions = ({ tree, place }: Scope, path: string): DatasetFinding[] => {
  const content = tree.read(place.base + path, maxParticipantsBytes);
  const table = content.ok ? readKeyedLines(content.bytes, "session_id") : null;
  if (table?.ok !== true) return [];
  const listed = table.lines.flatMap(({ key }) => key ?? []);
  const absent = listed.filter((label) => !tree.has(`${place.base}${folderOf(path)}/ses-${label}`));
  return some(absent).map((label) =>
    finding("listed-without-data", place.base + path, `lists ses-${label}, which has no folder`),
  );
};

/** That an image of arterial spin labelling has no `aslcontext.tsv`, without which nobody can tell its volumes apart. */
export const checkAslContext = ({ files, place }: Scope, name: BidsName): DatasetFinding[] => {
  const isAsl = name.suffix === "asl" && name.extension.startsWith(".nii");
  if (!isAsl || aslContext === undefined || files.find(name, aslContext).length > 0) return [];
  return [finding("missing-companion", place.base + name.path, "is there without its aslcontext.tsv file")];
};

const aslContext = associationRules.find(({ key }) => key === "aslcontext");

const some = (labels: readonly string[]): readonly string[] => labels.slice(0, maxLabels);
const maxLabels = 100;
