import { createHash } from "node:crypto";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";

/** A file whose content is needed. */
export type Wanted = {
  readonly dataset: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
};

/** Its bytes; or why it is not worth another try; or why it may be later. */
export type Content =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "never"; readonly problem: string }
  | { readonly kind: "later"; readonly problem: string };

/** Larger files are linked to and not read, in bytes. */
const largest = 8 * 2 ** 20;

/** Reads a whole file that is not too large, and makes sure that it is the very one that was announced. */
export const readContent = async (objects: ObjectStore, file: Wanted, signal: AbortSignal): Promise<Content> => {
  if (file.size > largest) {
    return { kind: "never", problem: `The file has ${file.size} bytes; up to ${largest} are read for a value.` };
  }
  try {
    const bytes = await readAll(objects, file, signal);
    return isThat(file, bytes)
      ? { kind: "bytes", bytes }
      : { kind: "later", problem: "The file was replaced by another one." };
  } catch (error) {
    const { code, message } = Problem.from(error);
    return { kind: "later", problem: code === "not-found" ? "The file is missing." : message };
  }
};

const readAll = async (objects: ObjectStore, file: Wanted, signal: AbortSignal): Promise<Uint8Array> => {
  const range = file.size === 0 ? {} : { range: { start: 0, end: file.size } };
  const chunks: Buffer[] = [];
  for await (const chunk of await objects.get(datasetKey(file.dataset, file.path), { ...range, signal }))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

const isThat = ({ size, sha256 }: Wanted, bytes: Uint8Array): boolean =>
  bytes.length === size && `sha256:${createHash("sha256").update(bytes).digest("hex")}` === sha256;
