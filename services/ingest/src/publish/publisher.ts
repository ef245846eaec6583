import { Problem } from "@rollerblade/errors";
import pLimit from "p-limit";
import type { Ingest } from "../ingest.ts";
import { publishImport } from "./publish-import.ts";

/** Publishes committed imports, several at once, each once at a time. */
export type Publisher = {
  /** Publishes it, or joins in waiting when that is in hand. @throws what went wrong; the import will be tried again */
  publish(id: string): Promise<void>;
  /** Takes up whatever was committed and is not final, for example before a crash. */
  takeUp(): Promise<void>;
  /** Waits for what is in hand. */
  settle(): Promise<void>;
};

/** Imports published at once; each holds one connection for its lock. */
export const publishedAtOnce = 6;

/** The publisher of this process. */
export const createPublisher = (ingest: Ingest): Publisher => {
  const inHand = new Map<string, Promise<void>>();
  const limit = pLimit(publishedAtOnce);
  const publish = (id: string): Promise<void> => {
    const running = inHand.get(id) ?? limit(() => publishImport(ingest, id)).finally(() => inHand.delete(id));
    inHand.set(id, running);
    return running;
  };
  return {
    publish,
    async takeUp() {
      const rows = await ingest.sql<{ id: string }[]>`
        select id from ingest.imports where state in ('reading', 'committing', 'publishing') order by id`;
      for (const { id } of rows)
        publish(id).catch((error: unknown) => (ingest.signal.aborted ? undefined : noteTrouble(ingest, id, error)));
    },
    settle: async () => void (await Promise.allSettled(inHand.values())),
  };
};

/** Records the trouble for clients that wait for the import. It is retried, too, when the database is away. */
const noteTrouble = async (ingest: Ingest, id: string, error: unknown): Promise<void> => {
  ingest.log.error({ err: error, import: id }, "an import was not published; it will be tried again");
  const trouble = Problem.from(error).message.slice(0, maxTroubleCharacters);
  await ingest.sql`update ingest.imports set trouble = ${trouble} where id = ${id} and finished_at is null`.catch(
    (err: unknown) => ingest.log.warn({ err }, "could not note why"),
  );
};

const maxTroubleCharacters = 500;
