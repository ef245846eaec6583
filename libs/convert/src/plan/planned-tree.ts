import { gzipSync } from "node:zlib";
import type { DatasetTree, TreeContent, TreeHead } from "@rollerblade/abids";

/** A file of a dataset that is not there yet. */
export type PlannedContent =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  /** An image by its header alone, and the bytes that it will have without compression. */
  | { readonly kind: "image"; readonly header: Buffer; readonly size: number }
  /** An image whose header nobody knows before it is converted. */
  | { readonly kind: "unknown" };

/** Shows a planned dataset as a folder, so that it can be checked as one before a byte is written. */
export const plannedTree = (files: ReadonlyMap<string, PlannedContent>): DatasetTree => {
  const folders = new Map<string, Map<string, "file" | "folder">>([["", new Map()]]);
  for (const path of files.keys()) {
    const names = path.split("/");
    for (const [depth, name] of names.entries()) {
      const folder = names.slice(0, depth).join("/");
      const entries = folders.get(folder) ?? new Map<string, "file" | "folder">();
      entries.set(name, depth === names.length - 1 ? "file" : "folder");
      folders.set(folder, entries);
    }
  }
  return {
    list: (folder) => [...(folders.get(folder.replace(/\/$/, "")) ?? [])].map(([name, kind]) => ({ name, kind })),
    read: (path) => contentOf(files.get(path)),
    head: (path, most) => headOf(files.get(path), most),
    has: (path) => files.has(path) || folders.has(path),
  };
};

const absent = { ok: false, rule: "unreadable", message: "is not there" } as const;

const contentOf = (content: PlannedContent | undefined): TreeContent => {
  if (content === undefined) return absent;
  return content.kind === "bytes" ? { ok: true, bytes: content.bytes } : { ok: true, bytes: Buffer.alloc(0) };
};

const headOf = (content: PlannedContent | undefined, most: number): TreeHead => {
  if (content === undefined) return absent;
  if (content.kind === "unknown") return { ok: true, bytes: Buffer.alloc(0), size: 0, tail: Buffer.alloc(0) };
  if (content.kind === "bytes")
    return {
      ok: true,
      bytes: content.bytes.subarray(0, most),
      size: content.bytes.length,
      tail: content.bytes.subarray(-8),
    };
  // A gzip member ends in the size of what it holds, modulo 2^32 (RFC 1952).
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(content.size % 2 ** 32, 4);
  return { ok: true, bytes: gzipSync(content.header).subarray(0, most), size: content.size, tail };
};
