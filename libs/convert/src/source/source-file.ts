/** A file of a source: in a folder, or a member of an archive (`ARCHIVE!/MEMBER`). */
export type SourceFile = {
  /** Relative to the source, with `/` between names. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Changes whenever the content may have changed: sizes and times of what holds it. */
  readonly version: string;
  /** Where it lies on this machine; null within an archive. */
  readonly location: string | null;
  /** Reads up to a number of bytes from its beginning. */
  readonly head: (maxBytes: number) => Promise<Buffer>;
  /** Reads all of it. */
  readonly read: () => Promise<Buffer>;
};

/** A file that cannot be used, and why. */
export type SourceFault = { readonly path: string; readonly message: string };

/** The last part of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** The folder of a path, or empty. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
