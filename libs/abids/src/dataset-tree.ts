/** One entry of a folder; a `fault` is neither a file nor a folder to be read, for the reason that `message` states. */
export type TreeEntry =
  | { readonly name: string; readonly kind: "file" | "folder" }
  | {
      readonly name: string;
      readonly kind: "fault";
      readonly rule: "special-file" | "broken-link" | "link-loop" | "link-out" | "unsafe-path";
      readonly message: string;
    };

/** A file's content, or why it cannot be had. */
export type TreeContent =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly rule: "unreadable" | "too-large" | "changing"; readonly message: string };

/** The beginning of a file, or why it cannot be had. */
export type TreeHead =
  | (Extract<TreeContent, { ok: true }> & {
      readonly size: number;
      /** The last 8 bytes, or as many as there are; empty where no bytes were asked for. */
      readonly tail: Uint8Array;
    })
  | Extract<TreeContent, { ok: false }>;

/**
 * A folder with a dataset, wherever it lies. Paths are relative to it, without a slash at either end; the root is
 * empty.
 */
export type DatasetTree = {
  /** Lists a folder in any order, or returns why it cannot be listed. */
  readonly list: (folder: string) => readonly TreeEntry[] | { readonly message: string };
  /** Reads a file up to a limit of bytes. The bytes may be overwritten by the next call. */
  readonly read: (path: string, most: number) => TreeContent;
  /**
   * Reads the first bytes of a file up to a limit, and its whole size. The bytes may be overwritten by the next call.
   */
  readonly head: (path: string, most: number) => TreeHead;
  /** Whether there is such a file or folder, be it a link to nothing. */
  readonly has: (path: string) => boolean;
};
