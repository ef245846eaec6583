import {
  type JsonObject,
  type PersonRows,
  readParticipants,
  readPhenotype,
  readSamples,
  readScans,
  readSessions,
} from "@rollerblade/abids";
import type { Finding } from "@rollerblade/errors";
import type { FileRecord } from "./file-record.ts";
import { storable } from "./storable.ts";

/** A row of a table about people, by whom it is about; `part` is the session, or in `samples.tsv` the sample. */
export type TableRow = { readonly subject: string; readonly part: string | null; readonly attributes: JsonObject };

/** What a table says: `rows` about people, or `scans` by path of the scan. */
export type ReadRows = {
  readonly rows: readonly TableRow[];
  readonly scans: JsonObject | null;
  readonly findings: readonly Finding[];
};

type Table = Pick<FileRecord, "path" | "kind" | "subject">;

/** Tables whose rows are merged into subjects, sessions and scans. */
export const isMergedTable = ({ path, kind, subject }: Table): boolean => {
  if (!path.endsWith(".tsv")) return false;
  if (kind === "participants" || kind === "samples" || kind === "phenotype") return true;
  return (kind === "sessions" || kind === "scans") && subject !== null;
};

/** Reads such a table. Never throws. */
export const readRows = ({ path, kind, subject }: Table, bytes: Uint8Array): ReadRows => {
  if (kind === "scans") {
    const { byLabel, findings } = readScans(path, bytes);
    return { rows: [], scans: storable(Object.fromEntries(byLabel)), findings };
  }
  const { rows, findings } = peopleIn({ path, kind, subject }, bytes);
  return { rows: rows.map((row) => ({ ...row, attributes: storable(row.attributes) })), scans: null, findings };
};

const peopleIn = ({ path, kind, subject }: Table, bytes: Uint8Array): PersonRows => {
  if (kind === "phenotype") return readPhenotype(path, bytes);
  if (kind === "samples") return readSamples(path, bytes);
  if (kind === "participants") {
    const { byLabel, sessions, findings } = readParticipants(path, bytes);
    const people = [...byLabel].map(([label, attributes]) => ({ subject: label, part: null, attributes }));
    return { rows: [...people, ...sessions], findings };
  }
  const { byLabel, findings } = readSessions(path, bytes);
  return { rows: [...byLabel].map(([part, attributes]) => ({ subject: subject ?? "", part, attributes })), findings };
};
