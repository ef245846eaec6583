import type { Level } from "@rollerblade/abids/facts";
import { type Result, readAll, taggerRoutes } from "@rollerblade/client";
import type { Server } from "../server/find-server.ts";

/** Which results; without anything, all that you may read. */
export type ResultFilter = {
  readonly dataset?: string | undefined;
  readonly subject?: string | undefined;
  readonly session?: string | undefined;
  readonly tag?: string | undefined;
  readonly level?: Level | undefined;
};

/** Everything that should be shown, in order. */
export const readResults = (server: Server, filter: ResultFilter): Promise<Result[]> =>
  readAll((after) => server.call(taggerRoutes.listResults, { query: { ...filter, limit: 1000, after } }));
