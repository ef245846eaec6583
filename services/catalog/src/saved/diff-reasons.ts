import type { DiffItem, DiffReason } from "@rollerblade/client";

type Json = DiffReason["from"];

/** What changed of a scan at a time: by field, from what to what. */
export type Change = { readonly at: Date; readonly changes: Readonly<Record<string, readonly [Json, Json]>> };

/** When the two results were; null for now. */
export type Moments = { readonly from: Date | null; readonly to: Date | null };

/** A scan of a slice that differs, with all that is known of its past. */
export type DifferingScan = {
  readonly path: string;
  readonly what: DiffItem["what"];
  readonly changes: readonly Change[];
  /** When it was indexed first; null when it is gone. */
  readonly born: Date | null;
};

const time = (moment: Date | null): number => moment?.getTime() ?? Number.POSITIVE_INFINITY;

/** From what to what each field went in all, the older first. */
const inAll = (changes: readonly Change[]): Map<string, [Json, Json]> => {
  const fields = new Map<string, [Json, Json]>();
  for (const { changes: one } of changes)
    for (const [field, [before, after]] of Object.entries(one))
      fields.set(field, [fields.get(field)?.[0] ?? before, after]);
  return fields;
};

const isSame = (left: Json, right: Json): boolean => JSON.stringify(left) === JSON.stringify(right);

/** Why a scan makes its slice differ. The second result may be the older one: then everything is described backwards. */
export const reasonsOf = ({ path, what, changes, born }: DifferingScan, { from, to }: Moments): DiffReason[] => {
  const backwards = time(from) > time(to);
  const [older, newer] = backwards ? [time(to), time(from)] : [time(from), time(to)];
  const nothing = { scan: path, field: null, from: null, to: null };
  if (born === null) return [{ ...nothing, why: what === "came" ? "new" : "removed" }];
  if (born.getTime() > older && born.getTime() <= newer && what !== "changed")
    return [{ ...nothing, why: backwards ? "removed" : "new" }];
  const between = changes.filter(({ at }) => at.getTime() > older && at.getTime() <= newer);
  const fields = [...inAll(between)].filter(([, [before, after]]) => !isSame(before, after));
  if (fields.length > 0)
    return fields.map(([field, [before, after]]) => ({
      ...{ scan: path, why: "changed", field },
      ...(backwards ? { from: after, to: before } : { from: before, to: after }),
    }));
  return [{ ...nothing, why: older === newer ? "expression" : "beside" }];
};
