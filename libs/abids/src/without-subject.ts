import { faultOfPeople, readKeyedLines } from "./keyed-lines.ts";

/**
 * What is left of a table without one person: null where nothing had to be left out, or why the person's rows cannot be
 * told.
 */
export type WithoutSubject =
  | { readonly ok: true; readonly rest: Uint8Array | null }
  | { readonly ok: false; readonly reason: string };

/**
 * A table of BIDS without the lines of one subject, every other byte as it was. A table in which some line may be
 * anybody's is not understood: whoever has to remove a person must not keep it.
 */
export const withoutSubject = (content: Uint8Array, subject: string): WithoutSubject => {
  const reason = faultOfPeople(content);
  if (reason !== null) return { ok: false, reason };
  const table = readKeyedLines(content, "participant_id");
  if (!table.ok) return table;
  const kept = table.lines.filter(({ key }) => key !== subject);
  if (kept.length === table.lines.length) return { ok: true, rest: null };
  return { ok: true, rest: Buffer.from([table.head, ...kept.map(({ text }) => text)].join(""), "latin1") };
};
