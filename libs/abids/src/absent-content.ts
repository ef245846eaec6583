/**
 * The finding for a file whose content git-annex or DataLad keeps elsewhere; see also the links to nothing of
 * `broken-link`.
 */
const absent = "(fetch its content first, for example with `datalad get`)";

/** A link whose target is not there, as of an annexed file that was not fetched. */
export const linkToNothing: string = `is a link that leads nowhere ${absent}`;

/** What is said of a pointer of git-annex. */
export const annexPointer: string = `is a pointer of git-annex ${absent}`;

/**
 * A pointer file holds one line with a key, and git-annex writes none larger than this (its documentation, "pointer
 * file").
 */
export const maxPointerBytes = 32 * 1024;

/** Bytes of a file that tell whether it is a pointer. */
export const pointerHeadBytes = 64;

const beginnings = ["/annex/objects/", ".git/annex/objects/", "../.git/annex/objects/"];

/**
 * Why a file is only a placeholder of its content, or null where it is the content. Of an unlocked annexed file (on
 * Windows and on disks without links of every one) a clone without content has a small regular file with the text
 * `/annex/objects/KEY`.
 */
export const faultOfPointer = (head: Uint8Array, size: number): string | null => {
  if (size > maxPointerBytes) return null;
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, pointerHeadBytes)).toString(
    "latin1",
  );
  return beginnings.some((beginning) => text.startsWith(beginning)) ? annexPointer : null;
};
