import { createHash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { z } from "zod";

/** A file that a conversion wrote, as it was then. */
export type WrittenFile = {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly mtimeMs: number;
};

/** What a conversion wrote for one image (by the path of that), or for all tables (`documents`). */
export type WrittenUnit = { readonly target: string; readonly key: string; readonly files: readonly WrittenFile[] };

/**
 * What earlier conversions wrote to a folder. It holds hashes and names of the dataset, and neither a path nor a name of the
 * source, since it lies with the data.
 */
export type ConversionState = {
  readonly unitOf: (target: string) => WrittenUnit | undefined;
  readonly units: () => Iterable<WrittenUnit>;
  /** Remembers files that are about to be written, so that those of a conversion that was killed are known as its own. */
  readonly begin: (paths: readonly string[]) => Promise<void>;
  readonly isBegun: (path: string) => boolean;
  readonly add: (unit: WrittenUnit) => Promise<void>;
  readonly remove: (target: string) => Promise<void>;
  /** The content hash of a source file by its path and version, where it was read before. */
  readonly hashOf: (path: string, version: string) => string | undefined;
  readonly addHashes: (
    read: readonly { readonly path: string; readonly version: string; readonly sha256: string }[],
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

const unit = z.object({
  target: z.string(),
  key: z.string(),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), size: z.number(), mtimeMs: z.number() })),
});
const line = z.union([
  unit,
  z.object({ begun: z.array(z.string()) }),
  z.object({ removed: z.string() }),
  z.object({ sources: z.array(z.tuple([z.string(), z.string()])) }),
]);

/** Reads the record, and appends to it from then on. A line that was cut off by a crash counts for nothing. */
export const openState = async (path: string): Promise<ConversionState> => {
  const units = new Map<string, WrittenUnit>();
  const hashes = new Map<string, string>();
  const begun = new Set<string>();
  for (const text of (await readFile(path, "utf8").catch(() => "")).split("\n")) {
    const read = readLine(text);
    if (read === null) continue;
    if ("removed" in read) units.delete(read.removed);
    else if ("begun" in read) for (const one of read.begun) begun.add(one);
    else if ("sources" in read) for (const [name, sha256] of read.sources) hashes.set(name, sha256);
    else units.set(read.target, read);
  }
  const file: FileHandle = await open(path, "a", 0o600);
  // A line break first: the line before may have been cut off.
  const append = async (value: object): Promise<void> => void (await file.appendFile(`\n${JSON.stringify(value)}`));
  return {
    unitOf: (target) => units.get(target),
    units: () => units.values(),
    begin: async (paths) => {
      for (const one of paths) begun.add(one);
      await append({ begun: paths });
    },
    isBegun: (one) => begun.has(one),
    add: async (one) => {
      units.set(one.target, one);
      await append(one);
    },
    remove: async (target) => {
      units.delete(target);
      await append({ removed: target });
    },
    hashOf: (source, version) => hashes.get(nameOf(source, version)),
    addHashes: async (read) => {
      if (read.length === 0) return;
      const sources = read.map(({ path: source, version, sha256 }) => [nameOf(source, version), sha256] as const);
      for (const [name, sha256] of sources) hashes.set(name, sha256);
      await append({ sources });
    },
    close: () => file.close(),
  };
};

/** Paths of a source may name people. */
const nameOf = (path: string, version: string): string =>
  createHash("sha256").update(`${version}\0${path}`).digest("hex");

const readLine = (text: string): z.output<typeof line> | null => {
  try {
    return line.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};
