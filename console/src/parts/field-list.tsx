import { valueText } from "./value-text.ts";

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
