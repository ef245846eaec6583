import type { Entities, JsonObject } from "@rollerblade/abids";
import type { MatchedImage } from "./match-images.ts";

/** An image of the dataset with the images of the source that it is made of. */
export type PlannedImage = {
  /** One, or the volumes of it in their order. */
  readonly parts: readonly [MatchedImage, ...MatchedImage[]];
  readonly subject: string;
  readonly session: string | null;
  readonly entities: Entities;
  readonly suffix: string;
  readonly datatype: string;
  /** Of the image in the dataset, with its extension. */
  readonly path: string;
  readonly acquired: string | null;
  /** What the mapping adds to its metadata; null takes a field out. */
  readonly metadata: JsonObject;
};

/** One thing that keeps a plan from being carried out, or that a person should know. */
export type PlanFinding = {
  readonly severity: "error" | "warning";
  /** A path of the source or of the dataset, or a part of the mapping. */
  readonly where: string;
  readonly message: string;
};

/** Path without the extension of the image: what its companions are named by. */
export const stemOf = ({ path }: Pick<PlannedImage, "path">): string => path.slice(0, -".nii.gz".length);
