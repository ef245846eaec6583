/** A derivative that was announced. */
export type Announced = {
  readonly id: string;
  readonly dataset: string;
  readonly path: string;
  readonly sequence: number;
  /** What its publisher knew: false where a later decision had the name already. */
  readonly inForce: boolean;
  /** Whether something that it was made from is gone. */
  readonly orphaned: boolean;
};

/** The derivative that holds a name. */
export type Holder = { readonly id: string; readonly sequence: number };

/** What becomes of the announced derivatives, and which holders lose their name to which. */
export type Decided = {
  readonly states: ReadonlyMap<
    string,
    { readonly state: "in-force" | "superseded" | "withdrawn"; readonly by: string | null }
  >;
  /** Holders from before, by id, with who took their name. */
  readonly superseded: ReadonlyMap<string, string>;
};

const isLater = (one: Holder, other: Holder): boolean =>
  one.sequence > other.sequence || (one.sequence === other.sequence && one.id > other.id);

/** Of several derivatives with one name the one that was decided last is in force, whichever event comes first. */
export const decideStates = (announced: readonly Announced[], holders: ReadonlyMap<string, Holder>): Decided => {
  const states = new Map<string, { state: "in-force" | "superseded" | "withdrawn"; by: string | null }>();
  const superseded = new Map<string, string>();
  for (const [name, sameName] of Map.groupBy(announced, nameOf)) {
    for (const { id, orphaned } of sameName) if (orphaned) states.set(id, { state: "withdrawn", by: null });
    const before = holders.get(name);
    const candidates: Holder[] = sameName.filter(({ inForce, orphaned }) => inForce && !orphaned);
    const last = [...candidates, ...(before ? [before] : [])].reduce<Holder | null>(
      (a, b) => (a === null || isLater(b, a) ? b : a),
      null,
    );
    for (const { id, orphaned } of sameName) {
      if (!orphaned)
        states.set(
          id,
          id === last?.id ? { state: "in-force", by: null } : { state: "superseded", by: last?.id ?? null },
        );
    }
    if (before !== undefined && last !== null && last.id !== before.id) superseded.set(before.id, last.id);
  }
  return { states, superseded };
};

/** One text a name within a dataset. */
export const nameOf = ({ dataset, path }: { readonly dataset: string; readonly path: string }): string =>
  JSON.stringify([dataset, path]);
