import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@rollerblade/errors";

/** One migration of a folder, in the order of the journal. */
export type Migration = {
  /** File name without `.sql`. */
  readonly tag: string;
  /** Milliseconds since 1970, when it was made; it must rise from one to the next. */
  readonly when: number;
  /** SHA-256 of the file in hex, as Drizzle keeps it. */
  readonly hash: string;
};

type Journal = { readonly entries: readonly { readonly tag: string; readonly when: number }[] };

/**
 * Reads the journal and files that drizzle-kit wrote.
 * @throws Problem when there is no journal, or when the times do not rise: Drizzle would skip the older one without a word
 */
export const readMigrations = (folder: string): Migration[] => {
  const migrations = readJournal(folder).entries.map(({ tag, when }) => ({
    tag,
    when,
    hash: hashOf(join(folder, `${tag}.sql`)),
  }));
  migrations.forEach(({ tag, when }, index) => {
    const before = migrations[index - 1];
    if (before !== undefined && when <= before.when) throw outOfOrder(folder, tag, before.tag);
  });
  return migrations;
};

const readJournal = (folder: string): Journal => {
  try {
    return JSON.parse(readFileSync(join(folder, "meta", "_journal.json"), "utf8"));
  } catch (cause) {
    throw new Problem(
      {
        code: "invalid",
        message: `There are no migrations in ${folder}.`,
        subject: folder,
        next: "Make the first one: `npm run migration -- <service> <name>`.",
      },
      { cause },
    );
  }
};

const hashOf = (file: string): string => createHash("sha256").update(readFileSync(file, "utf8")).digest("hex");

const outOfOrder = (folder: string, tag: string, before: string): Problem =>
  new Problem({
    code: "invalid",
    message: `Migration ${tag} is not younger than ${before}, so it would be skipped.`,
    subject: folder,
    next: "Delete it and make it again: `npm run migration -- <service> <name>`.",
  });
