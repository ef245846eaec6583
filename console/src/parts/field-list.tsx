import { valueText } from "./value-text.ts";

/** How deep values are shown as lists in lists; what lies deeper is shown as JSON. */
const maxDepth = 6;

type FieldListProps = { readonly values: Readonly<Record<string, unknown>>; readonly depth?: number };

/** Names with values, as JSON has them: objects are lists within the list. */
export const FieldList = ({ values, depth = 0 }: FieldListProps) => (
  <dl className="fields">
    {Object.entries(values).map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>
          <Value value={value} depth={depth} />
        </dd>
      </div>
    ))}
  </dl>
);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const Value = ({ value, depth }: { readonly value: unknown; readonly depth: number }) => {
  const isEmpty = Array.isArray(value) && value.length === 0;
  if (value === null || value === undefined || value === "" || isEmpty) return <span className="faint">–</span>;
  if (depth >= maxDepth) return valueText(value);
  if (isObject(value))
    return Object.keys(value).length === 0 ? (
      <span className="faint">–</span>
    ) : (
      <FieldList values={value} depth={depth + 1} />
    );
  if (Array.isArray(value) && value.some((one) => isObject(one)))
    return (
      <ul className="values">
        {value.map((one, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an entry of a list is known by its place
          <li key={at}>
            <Value value={one} depth={depth + 1} />
          </li>
        ))}
      </ul>
    );
  return valueText(value);
};
