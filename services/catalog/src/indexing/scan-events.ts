import { type AnyEmission, type Cause, scanFactsToMessage } from "@rollerblade/events";
import type { MergedScan } from "./scan-facts.ts";
import type { KnownScan } from "./scan-rows.ts";

/** What led to a scan being put together anew. */
export type Because = { readonly cause: Cause | undefined; readonly batch: string | null };

/** A scan that is new or whose image changed is indexed; one of which only more or else is known has changed. */
export const indexedEvent = (
  { facts, imagesHash }: MergedScan,
  revision: number,
  known: KnownScan | undefined,
  { cause, batch }: Because,
): AnyEmission => {
  const scan = scanFactsToMessage({ ...facts, revision });
  if (known?.imagesHash === imagesHash) return { topic: "metadata.changed", message: { scan }, cause };
  return { topic: "scan.indexed", message: { scan, ...(batch === null ? {} : { batch }) }, cause };
};

/** A scan is gone. */
export const withdrawnEvent = (
  dataset: string,
  { path, subject, session }: KnownScan,
  revision: number,
  { cause }: Because,
): AnyEmission => ({
  topic: "scan.withdrawn",
  message: { dataset, path, subject, ...(session === "" ? {} : { session }), revision: BigInt(revision) },
  cause,
});
