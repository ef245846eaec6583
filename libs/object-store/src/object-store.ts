import type { Readable } from "node:stream";

/** What can be stored: bytes at hand, or bytes that come. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** What was stored: bytes, and their content hash `sha256:` and 64 hex digits, taken on the way. */
export type Stored = { readonly size: number; readonly sha256: string };

/** What is known of an object without reading it. */
export type ObjectHead = { readonly size: number; readonly modified: Date };

/** One entry of a list. */
export type ListedObject = {
  readonly key: string;
  readonly size: number /** Where the store has one. */;
  readonly etag?: string;
  /** Of the last change, where the store's lists tell it. */
  readonly modified?: Date;
};

/** The part of an object from `start` to `end`, both included, counted from 0; without `end` to its last byte. */
export type ByteRange = { readonly start: number; readonly end?: number | undefined };

/** What a put promises beforehand; when it is not so, nothing is stored. */
export type PutOptions = {
  readonly size?: number | undefined;
  /** `sha256:` and 64 hex digits. */
  readonly sha256?: string | undefined;
  /** It can be made again and is checked when it is used, so the store need not save it from a loss of power. @default false */
  readonly transient?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Which object to read to its end, and how many of its first bytes to keep. */
export type Inspection = {
  readonly key: string;
  /** Its declared size in bytes: not many more are read. */
  readonly size: number;
  readonly keep: number;
};

/** What was read. */
export type Inspected = Stored & {
  /** The first bytes, as many as were to be kept or as there are. */
  readonly head: Uint8Array;
};

/** How a link is made. */
export type LinkOptions = {
  /** Seconds until it is worth nothing. @default 3600 */
  readonly expires?: number | undefined;
  /** The name under which a browser saves it. */
  readonly filename?: string | undefined;
};

/**
 * Where the bytes are. Keys are paths with `/`; no key may stand where another has a folder. Every verb refuses a key that is
 * not one (Problem `invalid`), and says Problem `unavailable` when the store cannot do its work.
 */
export type ObjectStore = {
  /**
   * Stores the whole body under the key, or nothing; readers see the old bytes or the new ones.
   * @throws Problem `invalid` when it is not the size or hash that was promised
   */
  put(key: string, body: Body, options?: PutOptions): Promise<Stored>;
  /** @throws Problem `not-found`, before the first byte; `invalid` when the range begins behind the end */
  get(key: string, options?: { range?: ByteRange | undefined; signal?: AbortSignal | undefined }): Promise<Readable>;
  /**
   * Reads many objects to their end, many times faster than one by one: what they are, in the order of the requests, or null where there
   * is none.
   */
  inspect(requests: readonly Inspection[], signal?: AbortSignal): Promise<readonly (Inspected | null)[]>;
  /** Null when there is no such object. */
  head(key: string): Promise<ObjectHead | null>;
  /** The same of many, many times faster than one by one; what is not there is not in it. */
  heads(keys: readonly string[]): Promise<ReadonlyMap<string, ObjectHead>>;
  /** All objects whose key begins with the prefix, in byte order of key. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Deletes what is there; a missing key is not an error. */
  delete(keys: readonly string[]): Promise<void>;
  /**
   * Copies within the store, whole or not at all. Who knows the size in bytes spares the store a look.
   * @returns the time of the copy's last change, as a look at it tells it
   * @throws Problem `not-found`
   */
  copy(from: string, to: string, options?: { readonly size?: number | undefined }): Promise<Date>;
  /** A link by which anyone may read the object until it expires. */
  presignGet(key: string, options?: LinkOptions): Promise<string>;
  /** A link by which anyone may put the object (HTTP `PUT`) until it expires. */
  presignPut(key: string, options?: Pick<LinkOptions, "expires">): Promise<string>;
};

/** Seconds that a link lives when nobody says otherwise. */
export const defaultExpiry = 300;
