import { accountsRoutes } from "@rollerblade/client";
import type { Received } from "@rollerblade/events";
import type { Ingest } from "../ingest.ts";

/**
 * Gives up the names of deleted datasets, with all grants on them, unless one of that name began anew. An import that comes in
 * between claims the name again, since every import does.
 */
export const freeNames =
  ({ sql, peer }: Pick<Ingest, "sql" | "peer">) =>
  async (events: readonly Received<"dataset.deleted">[]): Promise<void> => {
    for (const { message, time } of events) {
      const anew = await sql`
        select from ingest.datasets where name = ${message.dataset} and claimed_at > ${time}
        union all select from ingest.files where dataset = ${message.dataset} and uploaded_at > ${time} limit 1`;
      if (anew.length > 0) continue;
      await peer("accounts").call(accountsRoutes.releaseResource, {
        params: { kind: "dataset", name: message.dataset },
      });
    }
  };
