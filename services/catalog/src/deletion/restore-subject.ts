import { subjectHash } from "@rollerblade/abids";
import type { Transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";

/**
 * Allows a deleted subject to be imported again: the next import or upload that has it adds it. Nothing comes back by this alone.
 * @throws Problem `not-found` for a subject that is not kept out, `conflict` while its files are still being deleted
 */
export const restoreSubject = async (tx: Transaction, dataset: string, subject: string): Promise<void> => {
  const deletions = await tx<{ open: boolean }[]>`
    update catalog.deletions set restored_at = now()
    where dataset = ${dataset} and subject_hash = ${subjectHash(dataset, subject)} and restored_at is null
    returning finished_at is null as open`;
  if (deletions.length === 0)
    throw new Problem({
      code: "not-found",
      message: `The subject ${subject} was not deleted from the dataset "${dataset}".`,
      subject,
      next: `See who is in it with \`rollerblade query "dataset.name == '${dataset}'" --level subject\`.`,
    });
  if (deletions.some(({ open }) => open))
    throw new Problem({
      code: "conflict",
      message: `The subject ${subject} of the dataset "${dataset}" is being deleted.`,
      subject,
      next: "Restore it when the deletion has ended.",
    });
};
