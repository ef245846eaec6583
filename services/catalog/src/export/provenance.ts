import { datasetKey } from "@rollerblade/abids/bucket-layout";
import type { DownloadFile } from "@rollerblade/client";
import { folderOfDerived } from "./derived-files.ts";
import { bytesOf, type HandoutTools, inline } from "./handout.ts";

/** A record of provenance of more bytes is left out; the sidecars say the same. */
const maxBytes = 64 * 2 ** 20;

/** The provenance of these derivatives of one dataset: each folder's record, cut to what is handed out. */
export const provenanceOf = async (
  { objects }: HandoutTools,
  dataset: string,
  paths: ReadonlySet<string>,
): Promise<DownloadFile[]> => {
  const files: DownloadFile[] = [];
  for (const folder of new Set([...paths].map(folderOfDerived))) {
    const path = `${folder}/.rollerblade/provenance.jsonl`;
    const head = await objects.head(datasetKey(dataset, path));
    const bytes = head === null || head.size > maxBytes ? null : await bytesOf(objects, datasetKey(dataset, path));
    const kept = linesOf(bytes).filter((line) => paths.has(pathOfRecord(line)));
    if (kept.length > 0) files.push(inline(dataset, path, Buffer.from(kept.join(""))));
  }
  return files;
};

const linesOf = (bytes: Uint8Array | null): string[] =>
  bytes === null
    ? []
    : Buffer.from(bytes)
        .toString("utf8")
        .split(/(?<=\n)/);

const pathOfRecord = (line: string): string => {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null && "path" in record ? String(record.path) : "";
  } catch {
    return "";
  }
};
