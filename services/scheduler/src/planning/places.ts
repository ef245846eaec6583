import {
  isSharedFile,
  type Manifest,
  publishedNameOf,
  type RequestedSlice,
  splitTreeFile,
} from "@rollerblade/analysis";

/** Where something that an execution made is published. */
export type OutputPlace = {
  /** Relative to the dataset. */
  readonly path: string;
  /** Whether every slice of the analysis makes it: what is there already stays, whoever made it. */
  readonly shared: boolean;
};

/** The place of something that an execution made, by its name there; null for what is not published by itself. */
export type OutputPlaces = (made: string) => OutputPlace | null;

/** Places what an analysis makes of one slice. */
export const placesIn =
  (manifest: Manifest, slice: Pick<RequestedSlice, "entities" | "datatype">, parametersHash: string): OutputPlaces =>
  (made) => {
    const name = publishedNameOf(manifest, made, slice, parametersHash);
    if (name === null) return null;
    const inTree = splitTreeFile(made);
    return { path: name.path, shared: inTree !== null && isSharedFile(inTree.path, slice.entities) };
  };
