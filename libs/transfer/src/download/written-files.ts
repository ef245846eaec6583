import { type FileHandle, open, readFile } from "node:fs/promises";

/**
 * Which files downloads wrote to a folder, and with which content: what they wrote they may replace. A line that was
 * lost in a crash makes a file look foreign, and never the other way round.
 */
export type WrittenFiles = {
  /** The content hash that was last written to a place. */
  hashOf(place: string): string | undefined;
  /** All places, those of earlier downloads too. */
  places(): Iterable<string>;
  add(place: string, sha256: string): Promise<void>;
  close(): Promise<void>;
};

/** Reads the record, and appends to it from then on. */
export const openWrittenFiles = async (path: string): Promise<WrittenFiles> => {
  const known = new Map<string, string>();
  for (const line of (await readFile(path, "utf8").catch(() => "")).split("\n")) {
    const entry = readLine(line);
    if (entry !== null) known.set(...entry);
  }
  const file: FileHandle = await open(path, "a");
  return {
    hashOf: (place) => known.get(place),
    places: () => known.keys(),
    add: async (place, sha256) => {
      if (known.get(place) === sha256) return;
      known.set(place, sha256);
      // A line break first: the line before may have been cut off.
      await file.appendFile(`\n${JSON.stringify([place, sha256])}`);
    },
    close: () => file.close(),
  };
};

const readLine = (line: string): [string, string] | null => {
  try {
    const entry: unknown = JSON.parse(line);
    if (!Array.isArray(entry)) return null;
    const [place, sha256]: unknown[] = entry;
    return typeof place === "string" && typeof sha256 === "string" ? [place, sha256] : null;
  } catch {
    return null;
  }
};
