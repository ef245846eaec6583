/**
 * The finding for a file whose content git-annex, DataLad or Git LFS keep elsewhere; see also the links to nothing of
 * `broken-link`.
 */
const absent = "(fetch its content first, for example with `datalad get`)";

/** A link whose target is not there, as of an annexed file that was not fetched. */
export const linkToNothing: string = `is a link that leads nowhere ${absent}`;

const annexPointer = `is a pointer of git-annex ${absent}`;
const lfsPointer = "is a pointer of Git LFS (fetch its content first, for example with `git lfs pull`)";

/** Whether a fault of a file is that it is a placeholder of its content. */
export const isPointerFault = (fault: string | undefined): boolean => fault === annexPointer || fault === lfsPointer;

/**
 * A pointer file holds one line with a key, and git-annex writes none larger than this (its documentation, "pointer
 * file").
 */
export const maxPointerBytes = 32 * 1024;

/** Bytes of a file that tell whether it is a pointer. */
export const pointerHeadBytes = 64;

/** A letter a byte, whatever the bytes are; browsers have it, too. */
const latin1 = new TextDecoder("latin1");

/** A key, or the target of a link that was checked out as text, from however deep. */
const annexed = /^(?:(?:\.\.[/\\])*\.git[/\\]|[/\\])annex[/\\]objects[/\\]/;

/** The first line that the specification of Git LFS requires, and that of its predecessor. */
const stored = /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\/v1\r?\n/;

/**
 * Why a file is only a placeholder of its content, or null where it is the content. Of an unlocked annexed file (on
 * Windows and on disks without links of every one) a clone without content has a small regular file with the text
 * `/annex/objects/KEY`; a clone without Git LFS has text with its hash and size.
 */
export const faultOfPointer = (head: Uint8Array, size: number): string | null => {
  if (size > maxPointerBytes) return null;
  const text = latin1.decode(head.subarray(0, pointerHeadBytes));
  if (stored.test(text)) return lfsPointer;
  return annexed.test(text) ? annexPointer : null;
};
