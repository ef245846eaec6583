/** A value that is bound to a statement instead of being written into it. */
export type SqlValue = string | number | boolean | readonly string[];

/** Types of PostgreSQL that values are bound as. */
export type SqlType = "text" | "float8" | "boolean" | "int" | "uuid" | "text[]";

type Bound = { readonly value: SqlValue; readonly type: SqlType };

/**
 * A piece of SQL with the values that belong to it: what stands between two strings is a bound value or another
 * fragment.
 *
 * Parameters have no numbers until `toStatement` writes the whole statement, so fragments can be put together in any
 * order, repeated and nested. Text reaches a fragment only from the program's own source (a template or `raw`), values
 * only by `bound`, so that nothing from a request can become SQL.
 */
export type SqlFragment = {
  /** One more than `values`. */
  readonly strings: readonly string[];
  readonly values: readonly (Bound | SqlFragment)[];
};

/**
 * Puts fragments into a template.
 * @example fragment`scan.subject = ${bound("01", "text")} and ${condition}`
 */
export const fragment = (strings: TemplateStringsArray, ...values: readonly SqlFragment[]): SqlFragment => ({
  strings,
  values,
});

/** Binds a value as a type. A fragment that is repeated in a statement binds its values once. */
export const bound = (value: SqlValue, type: SqlType): SqlFragment => ({
  strings: ["", ""],
  values: [{ value, type }],
});

/** Takes text of the program's own making as SQL, such as a column's name; never text of a request. */
export const raw = (text: string): SqlFragment => ({ strings: [text], values: [] });

/** Puts text of the program's own making between fragments, for example `" and "`. */
export const join = (fragments: readonly SqlFragment[], separator: string): SqlFragment => ({
  strings: ["", ...fragments.slice(1).map(() => separator), ""].slice(0, fragments.length + 1),
  values: fragments,
});

/** A statement as PostgreSQL's protocol takes it: text with `$1`, `$2`, … and the values in this order. */
export type Statement = { readonly text: string; readonly values: readonly SqlValue[] };

/** Writes a fragment as a statement. This is the only place that numbers parameters. */
export const toStatement = (whole: SqlFragment): Statement => {
  const texts: string[] = [];
  const numbers = new Map<Bound, number>();
  const numberOf = (one: Bound): number => {
    const number = numbers.get(one) ?? numbers.size + 1;
    numbers.set(one, number);
    return number;
  };
  const write = ({ strings, values }: SqlFragment): void => {
    for (const [index, text] of strings.entries()) {
      texts.push(text);
      const next = values[index];
      if (next === undefined) continue;
      if ("strings" in next) write(next);
      else texts.push(`$${numberOf(next)}::${next.type}`);
    }
  };
  write(whole);
  return { text: texts.join(""), values: [...numbers.keys()].map(({ value }) => value) };
};
