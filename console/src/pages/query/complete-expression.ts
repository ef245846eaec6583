/** A field as the API lists it, as far as it is offered. */
type Field = {
  readonly name: string;
  readonly description: string | null;
  readonly examples: readonly { readonly value: string; readonly count: number }[];
};

/** What can be written at one place, and how much of it stands there already. */
export type Completion = {
  readonly typed: string;
  readonly options: readonly { readonly label: string; readonly detail?: string; readonly apply?: string }[];
};

/**
 * What can follow a beginning of an expression: values of the field that is compared, else fields. Nothing within a text that is not the value
 * of a comparison.
 * @example completeExpression("subject.s", fields) // subject.sex, subject.site
 */
export const completeExpression = (before: string, fields: readonly Field[]): Completion | null => {
  const [, compared, quoted] = /([A-Za-z_][\w.]*)\s*(?:==|!=)\s*("?[^"\s]*)$/.exec(before) ?? [];
  const field = fields.find(({ name }) => name === compared);
  if (field !== undefined && quoted !== undefined)
    return {
      typed: quoted,
      options: field.examples.map(({ value, count }) => ({
        label: JSON.stringify(value),
        detail: `${count}`,
      })),
    };
  if ((before.match(/"/g) ?? []).length % 2 === 1) return null;
  const typed = /[A-Za-z_][\w.]*$/.exec(before)?.[0] ?? "";
  const options = fields
    .filter(({ name }) => name.startsWith(typed))
    .map(({ name, description }) => ({
      label: name,
      ...(description !== null && { detail: description.slice(0, 60) }),
    }));
  return { typed, options };
};
