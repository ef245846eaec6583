import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";

/** Bytes that people have staged and not yet published, against what they may. */
export type StagedQuota = {
  /**
   * How many bytes a file of somebody may have.
   * @param size what it will have, where that is known
   * @throws Problem `too-many-requests` when there is no room, `too-large` for a file that nobody may stage
   */
  room(person: string, size?: number): Promise<number>;
  /** Counts bytes that were staged until the table is asked again. */
  add(person: string, size: number): void;
};

/** Milliseconds for which a sum over the table is believed; what is staged at this replica meanwhile is added to it. */
const freshMs = 10_000;

/** Limits of what is staged. */
export type StagedLimits = {
  /** Bytes in all unfinished imports and conversions of one person. */
  readonly stagedBytesPerPerson: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
};

/** Makes the quota of everybody. */
export const createStagedQuota = (sql: Sql, { stagedBytesPerPerson, fileBytes }: StagedLimits): StagedQuota => {
  const known = new Map<string, { bytes: number; readonly until: number }>();
  const used = async (person: string): Promise<number> => {
    const found = known.get(person);
    if (found !== undefined && found.until > Date.now()) return found.bytes;
    const [row] = await sql<{ bytes: number }[]>`
      select (
        (select coalesce(sum(staged.size), 0) from ingest.staged join ingest.imports on imports.id = staged.import_id
          where imports.uploader = ${person} and imports.finished_at is null)
        + (select coalesce(sum(source.size), 0)
          from ingest.conversion_sources source join ingest.conversions on conversions.id = source.conversion_id
          where conversions.uploader = ${person}))::int8 as bytes`;
    const bytes = row?.bytes ?? 0;
    known.set(person, { bytes, until: Date.now() + freshMs });
    return bytes;
  };
  return {
    async room(person, size = 1) {
      if (size > fileBytes) throw fileTooLarge(fileBytes);
      const room = stagedBytesPerPerson - (await used(person));
      if (size > room) throw full(stagedBytesPerPerson);
      return Math.min(room, fileBytes);
    },
    add(person, size) {
      const found = known.get(person);
      if (found !== undefined) found.bytes += size;
    },
  };
};

const full = (maxBytes: number): Problem =>
  new Problem({
    code: "too-many-requests",
    message: `Your unfinished imports and conversions hold as much as they are allowed to: ${maxBytes} bytes.`,
    next: "Finish or abort one of them, or ask for a higher ROLLERBLADE_INGEST_STAGED_BYTES_PER_PERSON.",
  });

/** The refusal of a file that is larger than any may be. */
export const fileTooLarge = (maxBytes: number): Problem =>
  new Problem({
    code: "too-large",
    message: `A file may have at most ${maxBytes} bytes here.`,
    next: "Split it, or ask for a higher ROLLERBLADE_INGEST_FILE_BYTES.",
  });
