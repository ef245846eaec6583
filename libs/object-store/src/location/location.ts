import type { Readable } from "node:stream";
import type { ByteRange, LinkOptions } from "../object-store.ts";

/** A file at a location. */
export type PlacedFile = {
  /** Relative to the location, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /**
   * What the place says of its content, such as a modification time or an ETag: as long as it and the size stay, so do the bytes.
   * Null where that cannot be relied on, since the file was written to this very moment.
   */
  readonly version: string | null;
};

/** Something at a location that is not a file to be read: where, and why. */
export type Unreadable = {
  readonly path: string;
  readonly message: string;
  /** The folder could not be looked into: what it holds is unknown. */
  readonly unknown: boolean;
};

/** A part of a list, in byte order of path. */
export type ListedPage = {
  readonly files: readonly PlacedFile[];
  readonly faults: readonly Unreadable[];
  /** Folders that were not looked into, as `closed` wanted. */
  readonly closed: readonly string[];
};

/** Which file to read to its end, and how many of its first bytes to keep. */
export type Inspection = {
  readonly path: string;
  /** Its declared size in bytes: not more than one further is read. */
  readonly size: number;
  readonly keep: number;
};

/** What was read. */
export type Inspected = {
  readonly size: number;
  /** `sha256:` and 64 hex digits. */
  readonly sha256: string;
  /** The first bytes, as many as were to be kept or as there are. */
  readonly head: Uint8Array;
  /** The last 8 bytes, or as many as there are. */
  readonly tail: Uint8Array;
  /** The version of the bytes that were read; null where the place has none or the file changed meanwhile. */
  readonly version: string | null;
};

/** Why a file could not be read. */
export type NotInspected = { readonly fault: string; readonly missing: boolean };

/**
 * Folders that are not looked into: these at the top, and every one whose name begins with a dot if `hidden` is. Behind a path that
 * matches `openWithin` nothing is closed for its name.
 */
export type ClosedFolders = {
  readonly top: readonly string[];
  readonly hidden: boolean;
  readonly openWithin?: RegExp;
};

/** Whether a folder is closed for its name, which begins with a dot. */
export const isHiddenFolder = (path: string, { hidden, openWithin }: ClosedFolders): boolean =>
  hidden && path.slice(path.lastIndexOf("/") + 1).startsWith(".") && openWithin?.test(path) !== true;

/**
 * A folder or a prefix of a bucket that is not ours: it is listed and read, and never written. Links are followed as
 * `FollowedLinks` says.
 */
export type Location = {
  /** `file:///folder` or `s3://bucket/prefix`, without any secret. */
  readonly address: string;
  /** All files below, in pages. @throws Problem `not-found` when there is no such place */
  list(closed: ClosedFolders): AsyncIterable<ListedPage>;
  /** Reads many files to their end, in the order of the requests. */
  inspect(requests: readonly Inspection[], signal?: AbortSignal): Promise<readonly (Inspected | NotInspected)[]>;
  /** @throws Problem `not-found` */
  get(path: string, options?: { range?: ByteRange | undefined; signal?: AbortSignal | undefined }): Promise<Readable>;
  /** Null when there is no such file. */
  head(path: string): Promise<{ readonly size: number; readonly modified: Date } | null>;
  /** A link by which anyone may read it until it expires; null where the place makes none. */
  presignGet(path: string, options?: LinkOptions): Promise<string | null>;
};
