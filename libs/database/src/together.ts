/**
 * Waits for works whose statements travel together in one transaction, as `Promise.all` does, but until each of them has ended, also when
 * one fails. A transaction that is rolled back while a work has statements left would have these sent behind the rollback, where they
 * are transactions of their own and stay.
 *
 * @example
 * await together([writeRows(tx, rows), forgetRows(tx, gone)]);
 * @throws what the first work that failed has thrown
 */
export const together = async <const Works extends readonly unknown[]>(
  works: Works,
): Promise<{ -readonly [Index in keyof Works]: Awaited<Works[Index]> }> => {
  const all = Promise.all(works);
  // Its failure is taken below, once all have ended; until then nobody waits for it, which would end the process.
  all.catch(() => {});
  await Promise.allSettled(works);
  return all;
};
