import { setImmediate } from "node:timers/promises";
import type { DatasetFinding, IndexedFile } from "@rollerblade/abids";
import {
  findingsRoutes,
  type HttpClient,
  maxReported,
  reportPart,
  retryUnavailable,
  storableFinding,
} from "@rollerblade/client";

/** Files that are looked at before others have a turn. */
const filesAtOnce = 500;

/**
 * Checks a dataset that is being imported and sends all findings to the server, warnings included: a report that
 * is kept with the import. @throws Problem that the server answered with
 */
export const sendReport = async (
  client: HttpClient,
  id: string,
  files: Iterable<Pick<IndexedFile, "findings">>,
  more: readonly DatasetFinding[] = [],
  signal?: AbortSignal,
): Promise<void> => {
  const findings: DatasetFinding[] = [...more];
  let looked = 0;
  for (const file of files) {
    findings.push(...file.findings);
    if (findings.length > maxReported) break;
    if (++looked % filesAtOnce === 0) await setImmediate();
    signal?.throwIfAborted();
  }
  const all = findings.slice(0, maxReported).map(storableFinding);
  for (let part = 0; part === 0 || part * reportPart < all.length; part++) {
    const end = (part + 1) * reportPart;
    const body = { findings: all.slice(part * reportPart, end), last: end >= all.length };
    await retryUnavailable(() => client.call(findingsRoutes.reportFindings, { params: { import: id, part }, body }), {
      signal,
    });
  }
};
