import type { Json, JsonObject } from "@rollerblade/abids";
import { type KeptMetadata, keptMetadata } from "../private/kept-metadata.ts";
import type { PrivateTexts } from "../private/private-texts.ts";
import type { PlannedImage } from "./planned-image.ts";

/**
 * Composes the sidecar of an image: what de-identification leaves of the source's, then what the mapping adds, then what field
 * maps do. A null of the mapping takes a field out. `sidecar`: of the source, or of the conversion itself.
 */
export const composeMetadata = (
  image: PlannedImage,
  sidecar: JsonObject,
  linked: JsonObject,
  texts: PrivateTexts,
  keep: ReadonlySet<string>,
): KeptMetadata => {
  const { metadata, removed } = keptMetadata(sidecar, texts, keep);
  const { task } = image.entities;
  const composed: { [key: string]: Json } = {
    ...metadata,
    ...(task !== undefined && metadata.TaskName === undefined && { TaskName: task }),
    ...image.metadata,
    ...linked,
  };
  const entries = Object.entries(composed).filter(([, value]) => value !== null);
  return { metadata: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))), removed };
};
