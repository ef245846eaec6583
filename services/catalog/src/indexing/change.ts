import type { Received } from "@rollerblade/events";
import type { CheckedFile } from "./check-files.ts";

/** What one event does to a dataset, checked and ready to be applied. */
export type Change = {
  readonly event: Received;
  readonly dataset: string;
  readonly batch: string | null;
  /** The scan whose files these are; the images that it had before and that are not among them are gone. */
  readonly scan: string | null;
  readonly files: readonly CheckedFile[];
  /** Paths of files or scans that are gone. */
  readonly removed: readonly string[];
  readonly publishedAt: Date;
};
