import { readFile, writeFile } from "node:fs/promises";
import { type JsonObject, readJsonObject } from "@rollerblade/abids";
import { type Imported, importBidsApp, importBoutiques } from "@rollerblade/analysis/import";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { write } from "../terminal/write.ts";

/** Options that every import has. */
type ImportOptions = { readonly out?: string };

/** `analysis import boutiques FILE`: makes a manifest of a descriptor of Boutiques, or of nipoppy with its invocation and tracker. */
export const importDescriptor = async (
  file: string,
  options: ImportOptions & { readonly image?: string; readonly invocation?: string; readonly tracker?: string },
): Promise<void> => {
  const read = (path: string | undefined) => (path === undefined ? undefined : readObject(path));
  const imported = importBoutiques(await readObject(file), file, {
    image: options.image,
    invocation: await read(options.invocation),
    tracker: await read(options.tracker),
  });
  await writeOut(imported, options);
};

/** `analysis import bids-app IMAGE`: makes the manifest of a BIDS App that is known by its image alone. */
export const importApp = (image: string, options: ImportOptions & { readonly group?: boolean }): Promise<void> =>
  writeOut(importBidsApp(image, options.group === true ? "group" : "participant"), options);

const readObject = async (path: string): Promise<JsonObject> => {
  const { value, findings } = readJsonObject(path, await readFile(path));
  if (value !== null) return value;
  throw new Problem({
    code: "invalid",
    message: `${path} ${findings[0]?.message ?? "cannot be read"}.`,
    subject: path,
    findings,
  });
};

const writeOut = async ({ name, text, guesses }: Imported, { out }: ImportOptions): Promise<void> => {
  if (out === undefined) write("stdout", text);
  else
    await writeFile(out, text, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause;
      throw new Problem(
        {
          code: "conflict",
          message: `${out} already exists.`,
          subject: out,
          next: "Existing files are never overwritten.",
        },
        { cause },
      );
    });
  const marks = guesses === 0 ? "Nothing was guessed" : `${guesses} comments (GUESS, TODO) name what to look at`;
  printMessage(`${marks}. Next: rollerblade analysis create ${out ?? `FOLDER   # of ${name}, after it was read`}`);
};
