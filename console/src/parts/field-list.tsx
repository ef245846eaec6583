/** Names with values, as JSON has them; what is long or deep is shown as JSON. */
export const FieldList = ({ values }: { readonly values: Readonly<Record<string, unknown>> }) => (
  <dl className="fields">
    {Object.entries(values).map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{valueText(value)}</dd>
      </div>
    ))}
  </dl>
);

/** How many characters of one value are shown. */
const maxCharacters = 2_000;

/** A value as a person reads it. */
export const valueText = (value: unknown): string => {
  const text =
    typeof value === "string" ? value : Array.isArray(value) ? value.map(valueText).join(", ") : JSON.stringify(value);
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)} …` : text;
};
