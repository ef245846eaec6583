import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { Problem } from "@rollerblade/errors";

/** A document as it is sent: what it is called, and its text. */
export type DocumentText = { readonly name: string; readonly source: string };

/**
 * Reads a document from a file, after which it is named unless a name is given.
 * @throws Problem `not-found`
 */
export const readDocument = async (file: string, name = basename(file, extname(file))): Promise<DocumentText> => {
  const source = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Problem({ code: "not-found", message: `The document ${file} cannot be read.`, subject: file }, { cause });
  });
  return { name, source };
};
