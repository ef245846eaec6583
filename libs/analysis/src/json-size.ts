/** How large a value of JSON is. */
export type JsonSize = {
  /** Levels of objects and lists within each other; 0 for a text or number. */
  readonly depth: number;
  /** Values in all: the value itself, and those of every object and list in it. */
  readonly values: number;
  /** Characters of all texts and names. */
  readonly letters: number;
};

/**
 * Measures a value of JSON without recursion, however deep it is. What refers to one object several times (an alias of YAML) is counted
 * as often. It stops at a million values.
 */
export const sizeOfJson = (value: unknown): JsonSize => {
  let [depth, values, letters] = [0, 0, 0];
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let one = open.pop(); one !== undefined && values < maxValues; one = open.pop()) {
    values += 1;
    if (typeof one.value === "string") letters += one.value.length;
    if (typeof one.value !== "object" || one.value === null) continue;
    depth = Math.max(depth, one.depth + 1);
    if (!Array.isArray(one.value)) for (const name of Object.keys(one.value)) letters += name.length;
    for (const inner of Object.values(one.value)) open.push({ value: inner, depth: one.depth + 1 });
  }
  return { depth, values, letters };
};

const maxValues = 1_000_000;
