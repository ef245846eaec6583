import {
  type Classified,
  faultOfDatasetName,
  faultOfDuplicateKey,
  faultOfPath,
  faultsOfLossyTable,
  hasImageHeader,
  imageHeadBytes,
  readImageHeader,
  readJsonObject,
} from "@rollerblade/abids";
import type { FileFact } from "@rollerblade/abids/facts";
import { isBValues, readBValues } from "./b-values.ts";
import { isEvents, readEvents } from "./events-table.ts";
import { fileFindings } from "./file-findings.ts";
import { classifyName, type FileRecord, ignoredRecord, isRead, recordOf } from "./file-record.ts";
import { accepted, type Checked, refused } from "./refusal.ts";
import { storable } from "./storable.ts";
import type { IsSuperseded } from "./superseded.ts";
import { isMergedTable, readRows, type TableRow } from "./table-rows.ts";
import type { Verified, Verify } from "./verify-object.ts";

/** A file that was checked and read as far as the catalog reads it. */
export type CheckedFile = {
  readonly record: FileRecord;
  /** Of a table about people. */
  readonly rows: readonly TableRow[];
};

/** Bytes of one file that are kept in memory; a table or sidecar beyond it is stored, but not read. */
const maxKept = 64 * 2 ** 20;

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

const readFile = (record: FileRecord, bytes: Uint8Array): CheckedFile => {
  const { path } = record;
  if (keptOf(record) === 0) return { record: { ...record, findings: unread(record) }, rows: [] };
  if (record.kind === "image") {
    const { image, findings } = readImageHeader(path, bytes, record.size);
    const severity = image === null ? "error" : "warning";
    return { record: { ...record, image, findings: fileFindings(path, "bad-image", findings, severity) }, rows: [] };
  }
  if (isBValues(record)) return { record: { ...record, content: readBValues(bytes) }, rows: [] };
  if (isEvents(record)) return { record: { ...record, content: readEvents(path, bytes) }, rows: [] };
  if (isMergedTable(record)) {
    const { rows, scans, findings } = readRows(record, bytes);
    const lossy = faultsOfLossyTable(bytes).map((message) => ({ where: path, message }));
    const found = fileFindings(path, "bad-table", findings) ?? fileFindings(path, "lossy-value", lossy);
    return { record: { ...record, content: scans, findings: found }, rows };
  }
  const { value, findings, duplicateKeys, lossyValues } = readJsonObject(path, bytes);
  const twice = duplicateKeys.map((key) => ({ where: path, message: faultOfDuplicateKey(key) }));
  const found =
    fileFindings(path, "bad-json", findings) ??
    fileFindings(path, "duplicate-key", twice) ??
    fileFindings(
      path,
      "lossy-value",
      lossyValues.map((message) => ({ where: path, message })),
    );
  return { record: { ...record, content: value === null ? null : storable(value), findings: found }, rows: [] };
};

/** A table or sidecar that is too large to be read. */
const unread = (record: FileRecord): FileRecord["findings"] =>
  (isRead(record) || isMergedTable(record)) && record.size > maxKept
    ? fileFindings(record.path, "too-large", [
        {
          where: record.path,
          message: `has ${record.size} bytes; nothing is read of tables and JSON beyond ${maxKept}`,
        },
      ])
    : null;

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
  const reads = isRead(record) || isMergedTable(record) || isBValues(record) || isEvents(record);
  return reads && record.size <= maxKept ? record.size : 0;
};

/** What checking files needs. */
export type FileTools = { readonly verify: Verify; readonly isSuperseded: IsSuperseded };

/**
 * Checks one file: its name, that the bucket holds exactly those bytes, and reads it if it describes something. Of a file of which
 * something newer is known, nothing is read.
 */
const checkFile = async (
  { verify, isSuperseded }: FileTools,
  dataset: string,
  file: FileFact,
  publishedAt: Date,
  hashed: boolean,
): Promise<Checked<CheckedFile>> => {
  const is = classifyName(file.path);
  const record = file.role === "ignored" ? ignoredRecord(file, publishedAt) : recordOf(file, is, null, publishedAt);
  if (record === null) return refused(nameless(is));
  const bytes = whatIs(await verify(dataset, file, keptOf(record), { hashed }));
  if (!bytes.ok && (await isSuperseded(dataset, file.path, publishedAt))) return accepted({ record, rows: [] });
  return bytes.ok ? accepted(readFile(record, bytes.value)) : bytes;
};

/** Checks all files of one event; the first fault refuses it. `hashed`: whoever published it is believed about the bytes. */
export const checkFiles = async (
  tools: FileTools,
  dataset: string,
  files: readonly FileFact[],
  publishedAt: Date,
  hashed: boolean,
): Promise<Checked<readonly CheckedFile[]>> => {
  const checked = await Promise.all(files.map((file) => checkFile(tools, dataset, file, publishedAt, hashed)));
  const values: CheckedFile[] = [];
  for (const one of checked) {
    if (!one.ok) return one;
    values.push(one.value);
  }
  return accepted(values);
};
