import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";

/** The secret table of a study: who is who. It is kept outside of the dataset. */
export type SubjectLabels = {
  /** The secret from which labels and shifts of dates follow. */
  readonly key: Buffer;
  /** The label of a person by the name in the source; the same name always has the same label. */
  readonly labelOf: (source: string) => string;
  /** Writes the table, if somebody is new. */
  readonly save: () => void;
};

const written = z.strictObject({
  version: z.literal(1),
  /** 32 bytes in hexadecimal digits. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  /** Labels by the name in the source. */
  subjects: z.record(z.string(), z.string()),
});

/** Letters and digits that nobody confuses (Crockford's base 32, in lower case). */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Digits of a label: of 32^8 labels ten thousand people share none with a probability of 99.995 %, and `labelOf` asks. */
const labelLength = 8;

/**
 * Opens a table of labels, or begins one with a new key. `outside`: folders that must not hold it, since they are shared.
 * @throws Problem `invalid` for a table within such a folder, and one that cannot be read
 */
export const openLabels = (file: string, outside: readonly string[]): SubjectLabels => {
  for (const folder of outside)
    if (!relative(resolve(folder), resolve(file)).startsWith(".."))
      throw new Problem({
        code: "invalid",
        message: `The table of labels ${file} would lie in ${folder}, with the data that it must be kept apart from.`,
        subject: file,
        next: "Keep it where only people who may know the names can read it.",
      });
  const known = read(file);
  const key = Buffer.from(known?.key ?? randomBytes(32).toString("hex"), "hex");
  const subjects = new Map(Object.entries(known?.subjects ?? {}));
  const taken = new Set(subjects.values());
  let isNew = known === null;
  return {
    key,
    labelOf: (source) => {
      const present = subjects.get(source);
      if (present !== undefined) return present;
      const label = freeLabel(key, source, taken);
      subjects.set(source, label);
      taken.add(label);
      isNew = true;
      return label;
    },
    save: () => {
      if (!isNew) return;
      mkdirSync(dirname(resolve(file)), { recursive: true });
      const table = { version: 1, key: key.toString("hex"), subjects: Object.fromEntries(subjects) };
      // Renamed into its place, so that nobody ever reads half of it.
      writeFileSync(`${file}.new`, `${JSON.stringify(table, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
      isNew = false;
    },
  };
};

const read = (file: string): z.output<typeof written> | null => {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const parsed = (() => {
    try {
      return written.safeParse(JSON.parse(text));
    } catch {
      return null;
    }
  })();
  if (parsed?.success === true) return parsed.data;
  throw new Problem({
    code: "invalid",
    message: `${file} is not a table of labels.`,
    subject: file,
    next: "Give the one that an earlier conversion wrote, or a new name.",
  });
};

const freeLabel = (key: Buffer, source: string, taken: ReadonlySet<string>): string => {
  for (let attempt = 0; ; attempt++) {
    const digest = createHmac("sha256", key).update(`label ${attempt} ${source}`).digest();
    const label = Array.from(digest.subarray(0, labelLength), (byte) => alphabet[byte % 32]).join("");
    if (!taken.has(label)) return label;
  }
};
