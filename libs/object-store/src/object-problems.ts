import { Problem } from "@rollerblade/errors";

/** Nothing is stored under this key. */
export const noSuchObject = (key: string): Problem =>
  new Problem({ code: "not-found", message: `There is no object ${key}.`, subject: key });

/** The store itself does not work. */
export const storeFailed = (what: string, key: string, cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: `The object store could not ${what} ${key}: ${cause instanceof Error ? cause.message : String(cause)}.`,
      subject: key,
      next: "Check the object store's address, its rights and its free space.",
    },
    { cause },
  );

/** The bytes that came are not the ones that were promised. */
export const notAsPromised = (key: string, what: string, promised: string, found: string): Problem =>
  new Problem({
    code: "invalid",
    message: `${key} has the ${what} ${found}, not ${promised} as announced; it was not stored.`,
    subject: key,
    next: "Send the file again.",
  });

/** The range lies outside the object. */
export const noSuchRange = (key: string, size: number): Problem =>
  new Problem({ code: "invalid", message: `${key} ends before the range begins: it has ${size} bytes.`, subject: key });
