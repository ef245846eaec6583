import { readParticipants } from "../attributes.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { type DatasetFinding, finding } from "./rules.ts";
import { readJson, type Scope } from "./scope.ts";

/** Bytes of `participants.tsv` that are read. */
const mostParticipants = 64 * 2 ** 20;

/** What `dataset_description.json` must and should say. */
export const checkDescription = ({ tree, place, description }: Scope): DatasetFinding[] => {
  const file = `${place.base}dataset_description.json`;
  const { findings } = readJson(tree, place.base, "dataset_description.json");
  if (description === null) return [...findings];
  const wrong = (message: string): DatasetFinding => finding("bad-description", file, message);
  const required = ["Name", "BIDSVersion", ...(place.isDerivative ? ["GeneratedBy"] : [])];
  const type = description.DatasetType;
  return [
    ...required.filter((key) => !(key in description)).map((key) => wrong(`does not say ${key}`)),
    ...["Name", "BIDSVersion"]
      .filter((key) => key in description && typeof description[key] !== "string")
      .map((key) => wrong(`${key} is no text`)),
    ...(type === undefined || type === "raw" || type === "derivative" || type === "study"
      ? []
      : [wrong(`DatasetType is ${JSON.stringify(type)}; BIDS knows raw, derivative and study`)]),
    ...(place.isDerivative && "GeneratedBy" in description && !isListOfNamed(description.GeneratedBy)
      ? [wrong("GeneratedBy is no list of objects with a Name")]
      : []),
  ];
};

const isListOfNamed = (value: Json | undefined): boolean =>
  Array.isArray(value) && value.every((one: Json) => isJsonObject(one) && typeof one.Name === "string");

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
  const content = tree.read(file, mostParticipants);
  if (!content.ok || content.bytes.length === 0) return [];
  const { byLabel, findings } = readParticipants(file, content.bytes);
  const wrong = findings.filter(({ message }) => message.includes("participant_id") || message.includes("twice"));
  const unlisted = [...subjects].filter((label) => !byLabel.has(label));
  const absent = [...byLabel.keys()].filter((label) => !subjects.has(label));
  return [
    ...wrong.map(({ where, message }) =>
      finding("bad-participants", file, `${where.slice(file.length)} ${message}`.trim()),
    ),
    ...some(unlisted).map((label) => finding("unlisted-subject", file, `does not list sub-${label}`)),
    ...some(absent).map((label) => finding("listed-without-data", file, `lists sub-${label}, who has no folder`)),
  ];
};

const some = (labels: readonly string[]): readonly string[] => labels.slice(0, mostLabels);
const mostLabels = 100;
