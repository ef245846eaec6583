import type { JsonObject } from "@rollerblade/abids";
import type { PublishedName } from "@rollerblade/analysis";

/** One output on its way to its name. It is stored in the intent of its task, so that a publication can be finished after a crash. */
export type PublishFile = {
  /** Id of the derivative that it becomes. */
  readonly derivative: string;
  /** As the manifest calls it. */
  readonly output: string;
  readonly name: PublishedName;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Fields of its sidecar that the program wrote. @default none */
  readonly metadata?: JsonObject;
  /** Key of the object that holds the content. */
  readonly from: string;
  /** Whether it takes the name; otherwise a later decision holds it, and this one goes to the archive only. */
  readonly takesName: boolean;
  /** What the name holds now and must be kept, by hash; null where nothing is lost. */
  readonly predecessor: { readonly derivative: string; readonly sha256: string } | null;
};
