import { mentionPattern, type Transaction } from "@rollerblade/database";
import type { Erased } from "@rollerblade/events";
import { firstIdAt } from "./forget-derivatives.ts";

/**
 * Erases what is still noted of a deleted person or dataset: results that came late, and which executions their slices called for. A slice
 * is written by `sliceKey`: level, dataset, subject, session and scan as a JSON array.
 */
export const eraseNotes = async (tx: Transaction, { dataset, subject }: Erased, until: Date): Promise<void> => {
  const pattern = subject === null ? "" : mentionPattern(subject);
  await tx`
    delete from tagger.derivatives
    where dataset = ${dataset} and id < ${firstIdAt(until)}
      and (${subject}::text is null or subject = ${subject} or path ~ ${pattern} or slice_key ~ ${pattern})`;
  await tx`
    delete from tagger.calls
    where slice_key::jsonb ->> 1 = ${dataset} and at <= ${until}
      and (${subject}::text is null or slice_key::jsonb ->> 2 = ${subject} or slice_key ~ ${pattern})`;
};
