import type { HttpClient } from "@rollerblade/client";

/** How far an import is, in files. */
export type ImportProgress = {
  /** `walk` lists the dataset, `send` sends contents that the server misses, `publish` waits for the server. */
  readonly phase: "walk" | "send" | "publish";
  readonly done: number;
  /** 0 as long as the total is not known. */
  readonly of: number;
  /** Why the import does not progress at the moment, for example a bucket that does not answer. */
  readonly trouble?: string | null;
};

/** What to import, and how. */
export type ImportOptions = {
  readonly client: HttpClient;
  /** A folder, a `file:` URL, or `s3://bucket/prefix` with the standard `AWS_*` variables in the environment. */
  readonly directory: string;
  /** The name that the dataset has, or gets, on the server. */
  readonly dataset: string;
  /** Leaves the files where they are: the server reads them there. @default false */
  readonly inPlace?: boolean;
  /** Follows links that lead out of the folder, too; not in place. @default false */
  readonly followLinks?: boolean;
  /** `add` keeps what the source no longer has, `mirror` removes it. @default "add" */
  readonly mode?: "add" | "mirror";
  /** Lets a mirror remove more than half of the dataset's files. @default false */
  readonly force?: boolean;
  /** Says what would change, sends nothing large and changes nothing. @default false */
  readonly dryRun?: boolean;
  /** Refuses the whole dataset when anything in it is wrong. @default false */
  readonly strict?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
  /** Requests in flight at the same time. @default 4 */
  readonly concurrency?: number;
};
