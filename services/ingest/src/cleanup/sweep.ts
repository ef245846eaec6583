import { rawNamesLock, tryLock } from "@rollerblade/database";
import type { Ingest } from "../ingest.ts";
import { dropGarbage, dropStaged } from "../staged/leftovers.ts";

/** An upload ends with its request; one that rests for so long has none any more. */
const uploadRest = "1 hour";

/** Looks for what interrupted imports left: expires those that rest, drops staged bytes and removed objects. */
export const sweep = async (ingest: Ingest): Promise<void> => {
  await ingest.sql`
    update ingest.imports set state = 'expired', finished_at = now()
    where state = 'open' and updated_at < now() - case when mode = 'upload' then ${uploadRest}::interval
      else make_interval(secs => ${ingest.config.openHours * 3600}) end`;
  const unswept = await ingest.sql<{ id: string }[]>`
    select id from ingest.imports where swept_at is null and state not in ('open', 'reading', 'committing', 'publishing') order by id desc`;
  for (const { id } of unswept) await dropStaged(ingest, id);
  const littered = await ingest.sql<{ dataset: string }[]>`select distinct dataset from ingest.garbage`;
  for (const { dataset } of littered)
    await tryLock(ingest.locks, rawNamesLock(dataset), () => dropGarbage(ingest, dataset));
};
