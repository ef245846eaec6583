import { z } from "zod";
import { type DerivativeFacts, derivativeFactsSchema } from "./derivative-facts.ts";
import type { Immutable } from "./immutable.ts";
import { type Level, levels } from "./levels.ts";
import { type ScanFacts, scanFactsSchema, sliceOfScan } from "./scan-facts.ts";
import { enclosing, type SliceRef, sliceKey, sliceRefSchema } from "./slice.ts";

const sliceFacts = z.object({
  slice: sliceRefSchema,
  scans: z.array(scanFactsSchema),
  derivatives: z.array(derivativeFactsSchema),
});

/** One slice with all that is in it. */
export type SliceFacts = Immutable<z.infer<typeof sliceFacts>>;

/** The schema of {@link SliceFacts}. */
export const sliceFactsSchema: z.ZodType<SliceFacts, SliceFacts> = sliceFacts;

/**
 * Returns the slices of a level that these scans make, in the order of the scans, each with its scans and with the
 * derivatives that lie in it or that it lies in (a scan's slice sees what was made of its whole session).
 */
export const slicesOf = (
  scans: readonly ScanFacts[],
  derivatives: readonly DerivativeFacts[],
  level: Level,
): SliceFacts[] => {
  const slices = new Map<string, { slice: SliceRef; scans: ScanFacts[]; derivatives: DerivativeFacts[] }>();
  for (const scan of scans) {
    const slice = enclosing(sliceOfScan(scan), level);
    if (slice === undefined) continue;
    const known = slices.get(sliceKey(slice)) ?? { slice, scans: [], derivatives: [] };
    known.scans.push(scan);
    slices.set(sliceKey(slice), known);
  }
  const above = new Map<string, DerivativeFacts[]>();
  for (const derivative of derivatives) {
    const slice = enclosing(derivative.slice, level);
    if (slice !== undefined) slices.get(sliceKey(slice))?.derivatives.push(derivative);
    else above.set(sliceKey(derivative.slice), [...(above.get(sliceKey(derivative.slice)) ?? []), derivative]);
  }
  for (const slice of slices.values()) slice.derivatives.push(...derivativesAbove(slice.slice, above));
  return [...slices.values()];
};

const derivativesAbove = (
  slice: SliceRef,
  above: ReadonlyMap<string, readonly DerivativeFacts[]>,
): DerivativeFacts[] => {
  if (above.size === 0) return [];
  // From the dataset down; nothing lies in a scan but itself.
  return levels.toReversed().flatMap((level) => {
    const outer = level === slice.level ? undefined : enclosing(slice, level);
    return outer === undefined ? [] : (above.get(sliceKey(outer)) ?? []);
  });
};
