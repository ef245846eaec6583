import type { Sql } from "@rollerblade/database";

/** Answers whether something newer is known of a file than what was published of it at a moment: other bytes, its removal or its deletion. */
export type IsSuperseded = (dataset: string, path: string, publishedAt: Date) => Promise<boolean>;

/**
 * Looks up what is known of files. An announcement whose bytes are no longer in the bucket, since the file was replaced or removed, is no
 * fault of anybody: it comes late, as after a restart, and changes nothing.
 */
export const createIsSuperseded =
  (sql: Sql): IsSuperseded =>
  async (dataset, path, publishedAt) => {
    const [, subject = null] = /^sub-([^/]+)\//.exec(path) ?? [];
    const newer = await sql`
      select from catalog.files where dataset = ${dataset} and path = ${path} and published_at > ${publishedAt}
      union all
      select from catalog.removals where dataset = ${dataset} and path = ${path} and published_at > ${publishedAt}
      union all
      select from catalog.deletions
      where dataset = ${dataset} and (subject is null or subject = ${subject}) and requested_at > ${publishedAt}
      limit 1`;
    return newer.length > 0;
  };
