import { accountsRoutes } from "@rollerblade/client";
import { rawNamesLock, withLock } from "@rollerblade/database";
import type { Received } from "@rollerblade/events";
import type { Ingest } from "../ingest.ts";
import { isAnew } from "./forget.ts";

/**
 * Gives up the names of deleted datasets, with all grants on them, unless one of that name began anew. An import claims
 * the name and records its dataset under one lock, so that its name is never given up in between.
 */
export const freeNames =
  ({ sql, locks, peer }: Pick<Ingest, "sql" | "locks" | "peer">) =>
  async (events: readonly Received<"dataset.deleted">[]): Promise<void> => {
    for (const { message, time } of events)
      await withLock(locks, rawNamesLock(message.dataset), async () => {
        if (await isAnew(sql, message.dataset, time)) return;
        await peer("accounts").call(accountsRoutes.releaseResource, {
          params: { kind: "dataset", name: message.dataset },
        });
      });
  };
