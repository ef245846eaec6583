import type { Queryable } from "@rollerblade/database";
import { isTopicName, topics } from "../topics/topics.ts";
import { type Erased, mentions } from "./mentions.ts";

type PublishedRow = {
  readonly id: string;
  readonly sequence: number;
  readonly topic: string;
  readonly body: Uint8Array;
};

/** Rows that are decoded together. */
const rowsPerPage = 1_000;

/**
 * Deletes rows of an outbox that were published and speak of what is erased. A row that speaks of others, too, goes with it: every
 * consumer of ours has handled it, and one that would fill a lost stream again would bring the person back.
 * @param until moment up to which rows are erased; later ones speak of a new beginning
 * @returns how many rows were deleted
 */
export const eraseOutbox = async (
  tx: Queryable,
  schema: string,
  { dataset, subject }: Erased,
  until: Date,
): Promise<number> => {
  let erased = 0;
  for (let after = 0; ; ) {
    const rows = await tx<PublishedRow[]>`
      select id, sequence, topic, body from ${tx(schema)}.outbox
      where dataset = ${dataset} and sequence > ${after} and created_at <= ${until} and published_at is not null
      order by sequence limit ${rowsPerPage}`;
    const about = rows.filter((row) => subject === null || rowMentions(row, subject)).map(({ id }) => id);
    await tx`delete from ${tx(schema)}.outbox where id = any(${about}::uuid[])`;
    erased += about.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerPage) return erased;
    after = last.sequence;
  }
};

/** A row that cannot be read is about everybody. */
const rowMentions = ({ topic, body }: PublishedRow, subject: string): boolean => {
  if (!isTopicName(topic)) return true;
  try {
    return mentions(topics[topic].decode(body), subject);
  } catch {
    return true;
  }
};
