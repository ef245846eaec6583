import {
  type Attributes,
  type Classified,
  faultOfDatasetName,
  faultOfPath,
  hasImageHeader,
  imageHeadBytes,
  type JsonObject,
  readImageHeader,
  readJsonObject,
  readParticipants,
  readSessions,
} from "@rollerblade/abids";
import type { FileFact } from "@rollerblade/analysis";
import type { Finding } from "@rollerblade/errors";
import { storable } from "../storable.ts";
import { classifyName, type FileRecord, isRead, recordOf } from "./file-record.ts";
import { accepted, type Checked, refused } from "./refusal.ts";
import type { Verified, Verify } from "./verify-object.ts";

/** A file that was checked and read as far as the catalog reads it. */
export type CheckedFile = {
  readonly record: FileRecord;
  /** Of `participants.tsv` and `sessions.tsv`: attributes by label. */
  readonly attributes: ReadonlyMap<string, JsonObject> | null;
  readonly findings: readonly Finding[];
};

/** Bytes of one file that are kept in memory; a table or sidecar beyond it is stored, but not read. */
const mostKept = 64 * 2 ** 20;

const sha256Pattern = /^sha256:[0-9a-f]{64}$/;

const faultOfFile = ({ path, size, sha256 }: FileFact): string | null => {
  const fault = faultOfPath(path);
  if (fault !== null) return `${JSON.stringify(path.slice(0, 200))}: ${fault}`;
  if (!sha256Pattern.test(sha256)) return `${path} has no hash of the form sha256:…`;
  return Number.isSafeInteger(size) ? null : `${path} has an impossible size`;
};

/** What is wrong with a dataset's name or with a file's name, size or hash as they were announced. */
export const faultOfAnnouncement = (dataset: string, files: readonly FileFact[]): string | null =>
  faultOfDatasetName(dataset) ?? files.map(faultOfFile).find((fault) => fault !== null) ?? null;

const tableReader = (record: FileRecord): ((where: string, content: Uint8Array) => Attributes) | null => {
  if (record.path === "participants.tsv") return readParticipants;
  return record.kind === "sessions" && record.extension === ".tsv" && record.subject !== null ? readSessions : null;
};

const readFile = (record: FileRecord, bytes: Uint8Array): CheckedFile => {
  const unread = (findings: readonly Finding[]): CheckedFile => ({ record, attributes: null, findings });
  if (keptOf(record) === 0) return unread([]);
  if (record.kind === "image") {
    const { image, findings } = readImageHeader(record.path, bytes, record.size);
    return { record: { ...record, image }, attributes: null, findings };
  }
  const readTable = tableReader(record);
  if (readTable !== null) {
    const { byLabel, findings } = readTable(record.path, bytes);
    return { record, attributes: new Map([...byLabel].map(([label, row]) => [label, storable(row)])), findings };
  }
  const { value, findings } = readJsonObject(record.path, bytes);
  return value === null
    ? unread(findings)
    : { record: { ...record, content: storable(value) }, attributes: null, findings };
};

const nameless = (is: Classified): string => {
  if (is.class === "invalid")
    return `${is.path} is not BIDS: ${is.reason}${is.nearest === null ? "" : `; did you mean ${is.nearest}?`}`;
  return `${is.path} is ${is.class === "derivative" ? "a derivative" : is.class} and no part of the raw dataset`;
};

const whatIs = (verified: Verified): Checked<Uint8Array> =>
  verified.state === "as-announced" ? accepted(verified.head) : refused(verified.why, true);

/** How many of its first bytes tell what a file says: of what is read all, of an image its header. */
const keptOf = (record: FileRecord): number => {
  if (record.kind === "image") return hasImageHeader(record.path) ? imageHeadBytes : 0;
  const reads = isRead(record) || tableReader(record) !== null;
  return reads && record.size <= mostKept ? record.size : 0;
};

/** Checks one file: its name, that the bucket holds exactly those bytes, and reads it if it describes something. */
const checkFile = async (
  verify: Verify,
  dataset: string,
  file: FileFact,
  saidAt: Date,
): Promise<Checked<CheckedFile>> => {
  const is = classifyName(file.path);
  const record = recordOf(file, is, null, saidAt);
  if (record === null) return refused(nameless(is));
  const bytes = whatIs(await verify(dataset, file, keptOf(record)));
  return bytes.ok ? accepted(readFile(record, bytes.value)) : bytes;
};

/** Checks all files of one event; the first fault refuses it. */
export const checkFiles = async (
  verify: Verify,
  dataset: string,
  files: readonly FileFact[],
  saidAt: Date,
): Promise<Checked<readonly CheckedFile[]>> => {
  const checked = await Promise.all(files.map((file) => checkFile(verify, dataset, file, saidAt)));
  const values: CheckedFile[] = [];
  for (const one of checked) {
    if (!one.ok) return one;
    values.push(one.value);
  }
  return accepted(values);
};
