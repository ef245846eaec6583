import type { Queryable } from "@rollerblade/database";
import { type SqlFragment, toStatement } from "@rollerblade/query";

/** Sends a fragment as one statement. `isPrepared` says whether PostgreSQL keeps it for the connection. @default never */
export const runFragment = async <T extends object>(
  sql: Queryable,
  whole: SqlFragment,
  isPrepared: (text: string) => boolean = () => false,
): Promise<readonly T[]> => {
  const { text, values } = toStatement(whole);
  const parameters = values.map((value) => (typeof value === "object" ? [...value] : value));
  return sql.unsafe<T[]>(text, parameters, { prepare: isPrepared(text) });
};
