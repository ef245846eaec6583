import { bidsVersion, type JsonObject } from "@rollerblade/abids";
import type { Mapping } from "../mapping/mapping.ts";
import { shiftedTime, shiftOf } from "../private/shift-date.ts";
import type { LoadedTable } from "../survey/load-tables.ts";
import type { PlanFinding, PlannedImage } from "./planned-image.ts";
import { cellsOf, dictionaryOf, type RowOwner } from "./table-columns.ts";
import { writeJson, writeTsv } from "./write-tsv.ts";

/** Files of the dataset that are written from the mapping and the tables, by path. */
export type Documents = ReadonlyMap<string, string>;

/** Writes everything that is neither an image nor its companion. `key`: the secret of shifted dates. */
export const datasetDocuments = (
  mapping: Mapping,
  images: readonly PlannedImage[],
  tables: readonly LoadedTable[],
  key: Buffer | null,
  findings: PlanFinding[],
): Documents => {
  const documents = new Map<string, string>();
  documents.set("dataset_description.json", writeJson(descriptionOf(mapping.description)));
  documents.set("README.md", `${(mapping.readme ?? `# ${String(mapping.description.Name)}`).trimEnd()}\n`);
  const people = ownersOf(mapping, images, ({ subject }) => subject, false);
  addTable(
    documents,
    "participants",
    ["participant_id"],
    mapping.participants,
    [...people].map(([label, owner]) => ({
      keys: [`sub-${label}`],
      cells: cellsOf(owner, mapping.participants, tables, findings),
    })),
  );
  if (mapping.sessions !== null) addSessions(documents, mapping, images, tables, findings);
  for (const { name, description, perSession, columns } of mapping.phenotype) {
    const owners = perSession ? ownersOf(mapping, images, visitOf, true) : people;
    const keys = perSession ? ["participant_id", "session_id"] : ["participant_id"];
    const rows = [...owners].map(([label, owner]) => ({
      keys: perSession ? [`sub-${owner.subject}`, `ses-${label.slice(label.indexOf(" ") + 1)}`] : [`sub-${label}`],
      cells: cellsOf(owner, columns, tables, findings),
    }));
    // A person of whom the instrument knows nothing has no row in it.
    const known = rows.filter(({ cells }) => cells.some((cell) => cell !== null));
    addTable(
      documents,
      `phenotype/${name}`,
      keys,
      columns,
      known,
      description === null ? {} : { MeasurementToolMetadata: { Description: description } },
    );
  }
  if (mapping.dates === "shift" && key !== null) addScans(documents, images, key);
  return documents;
};

const descriptionOf = (description: JsonObject): JsonObject => ({
  BIDSVersion: bidsVersion.bids,
  DatasetType: "raw",
  ...description,
  GeneratedBy: [{ Name: "Rollerblade", Description: "rollerblade dataset convert" }],
});

const visitOf = ({ subject, session }: PlannedImage): string => `${subject} ${session ?? ""}`;

/** The people or visits of a dataset, each with its first image. */
const ownersOf = (
  mapping: Mapping,
  images: readonly PlannedImage[],
  labelOf: (image: PlannedImage) => string,
  isVisit: boolean,
): ReadonlyMap<string, RowOwner> => {
  const owners = new Map<string, RowOwner>();
  for (const image of images) {
    const label = labelOf(image);
    const [first] = image.parts;
    if (owners.has(label)) continue;
    owners.set(label, {
      subject: image.subject,
      sourceSubject: first.subject,
      sourceSession: isVisit ? first.session : null,
      date: isVisit ? (mapping.sessions?.date?.text(first.facts) ?? null) : null,
      image: first,
    });
  }
  return owners;
};

const addSessions = (
  documents: Map<string, string>,
  mapping: Mapping,
  images: readonly PlannedImage[],
  tables: readonly LoadedTable[],
  findings: PlanFinding[],
): void => {
  const columns = mapping.sessions?.columns ?? [];
  const withSession = images.filter(({ session }) => session !== null);
  for (const [subject, ofSubject] of Map.groupBy(withSession, (image) => image.subject)) {
    const rows = [...ownersOf(mapping, ofSubject, visitOf, true)].map(([label, owner]) => ({
      keys: [`ses-${label.slice(label.indexOf(" ") + 1)}`],
      cells: cellsOf(owner, columns, tables, findings),
    }));
    const stem = `sub-${subject}/sub-${subject}_sessions`;
    addTable(documents, stem, ["session_id"], columns, rows);
  }
};

type Row = { readonly keys: readonly string[]; readonly cells: readonly (string | null)[] };

const tableOf = (
  keys: readonly string[],
  columns: readonly { readonly name: string }[],
  rows: readonly Row[],
): string =>
  writeTsv(
    [...keys, ...columns.map(({ name }) => name)],
    rows.map((row) => [...row.keys, ...row.cells]),
  );

const addTable = (
  documents: Map<string, string>,
  stem: string,
  keys: readonly string[],
  columns: Mapping["participants"],
  rows: readonly Row[],
  more: JsonObject = {},
): void => {
  documents.set(`${stem}.tsv`, tableOf(keys, columns, rows));
  const dictionary = { ...more, ...dictionaryOf(columns) };
  if (Object.keys(dictionary).length > 0) documents.set(`${stem}.json`, writeJson(dictionary));
};

/** `acq_time` of each image, moved by the days of its person. */
const addScans = (documents: Map<string, string>, images: readonly PlannedImage[], key: Buffer): void => {
  for (const [, ofVisit] of Map.groupBy(images, visitOf)) {
    const [first] = ofVisit;
    if (first === undefined) continue;
    const place = [`sub-${first.subject}`, ...(first.session === null ? [] : [`ses-${first.session}`])];
    const folder = place.join("/");
    const days = shiftOf(key, first.subject);
    const rows = ofVisit.map(({ path, acquired }) => [
      path.slice(folder.length + 1),
      acquired === null || acquired.startsWith("T") ? null : shiftedTime(acquired, days),
    ]);
    documents.set(`${folder}/${place.join("_")}_scans.tsv`, writeTsv(["filename", "acq_time"], rows));
  }
};
