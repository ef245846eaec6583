import { type DatasetFinding, finding } from "../dataset-finding.ts";
import type { Scope } from "../dataset-scope.ts";
import { headerView, type ImageHeader } from "../images/header-view.ts";
import { hasImageHeader, type ImageFacts, imageHeadBytes, readWholeHeader } from "../images/image-header.ts";

/** What the first bytes of a data file contain; `header` and `image` are null of all that is not an image. */
export type ReadHead = {
  readonly header: ImageHeader | null;
  readonly image: ImageFacts | null;
  readonly findings: readonly DatasetFinding[];
};

/**
 * Reads the beginning of a data file: whether there is anything, and the header of an image. `path`: relative to the
 * dataset.
 */
export const readHead = (scope: Scope, path: string): ReadHead => {
  const full = scope.place.base + path;
  const isImage = hasImageHeader(path);
  const head = scope.tree.head(full, isImage ? imageHeadBytes : 0);
  const nothing = { header: null, image: null };
  if (!head.ok) return { ...nothing, findings: [finding(head.rule, full, head.message)] };
  // The data of public examples are empty files.
  if (head.size === 0) return { ...nothing, findings: [finding("empty-file", full, "is empty")] };
  if (!isImage) return { ...nothing, findings: [] };
  const { image, raw, findings } = readWholeHeader(full, head.bytes, head.size, head.tail);
  return {
    header: headerView(raw, head.bytes),
    image,
    // What keeps nobody from reading the header is odd, but BIDS does not forbid it.
    findings: findings.map(({ message }) =>
      finding("bad-image", full, message, { severity: image === null ? "error" : "warning" }),
    ),
  };
};
