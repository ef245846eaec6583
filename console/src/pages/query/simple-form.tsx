import { catalogRoutes } from "@rollerblade/client";
import { type FormEvent, useId, useState } from "react";
import { useRoute } from "../../api/use-route.ts";
import { FieldInput } from "../../parts/field-input.tsx";
import type { KnownField } from "./code-editor.tsx";
import { comparisons, readConditions, type SimpleCondition, writeConditions } from "./simple-conditions.ts";

type SimpleFormProps = { readonly expression: string; readonly onChange: (expression: string) => void };

/** The same condition as a form: fields chosen from those that there are, each with the values that it has. */
export const SimpleForm = ({ expression, onChange }: SimpleFormProps) => {
  const title = useId();
  const conditions = readConditions(expression);
  const fields = useRoute(catalogRoutes.listFields, { query: {} });
  const [field, setField] = useState("");
  const known = fields.data?.items.find(({ name }) => name === field);
  const add = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (known === undefined || conditions === null) return;
    onChange(writeConditions([...conditions, firstCondition(known)]));
    setField("");
  };
  return (
    <section className="simple-form" aria-labelledby={title}>
      <h2 id={title}>By fields</h2>
      {conditions === null ? (
        <p className="faint">This is more than a list of conditions: the editor shows all of it.</p>
      ) : (
        <>
          <ul className="rows">
            {conditions.length === 0 && <li className="faint">Everything that you may read.</li>}
            {conditions.map((condition, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: what is equal may stand there twice, so that the place belongs to the key
              <li key={`${at} ${writeConditions([condition])}`}>
                <Condition
                  condition={condition}
                  field={fields.data?.items.find(({ name }) => name === condition.field)}
                  onChange={(changed) => onChange(writeConditions(conditions.with(at, changed)))}
                  onRemove={() => onChange(writeConditions(conditions.toSpliced(at, 1)))}
                />
              </li>
            ))}
          </ul>
          <form className="line" onSubmit={add}>
            <FieldInput label="And a field" value={field} onChange={setField} />
            <button type="submit" className="quiet" disabled={known === undefined}>
              Add a condition
            </button>
          </form>
        </>
      )}
    </section>
  );
};

/** What a new condition of a field asks for: its most frequent value, or of numbers all that it has. */
const firstCondition = ({ name, types, low, examples }: KnownField): SimpleCondition => {
  const [example] = examples;
  if (types.includes("boolean")) return { field: name, comparison: "==", value: "true", isText: false };
  if (low !== null) return { field: name, comparison: ">=", value: String(low), isText: false };
  return { field: name, comparison: "==", value: example?.value ?? "", isText: true };
};

type ConditionProps = {
  readonly condition: SimpleCondition;
  readonly field: KnownField | undefined;
  readonly onChange: (condition: SimpleCondition) => void;
  readonly onRemove: () => void;
};

const Condition = ({ condition, field, onChange, onRemove }: ConditionProps) => {
  const values = useId();
  const { field: name, comparison, value, isText } = condition;
  const change = (text: string): void => {
    if (text !== value && (isText || /^(-?\d+(\.\d+)?|true|false)$/.test(text)))
      onChange({ ...condition, value: text });
  };
  return (
    <form
      className="condition"
      onSubmit={(event) => {
        event.preventDefault();
        change(String(new FormData(event.currentTarget).get("value")));
      }}
    >
      <span className="mono">{name}</span>
      <select
        aria-label={`Comparison of ${name}`}
        value={comparison}
        onChange={({ target }) =>
          onChange({ ...condition, comparison: comparisons.find((one) => one === target.value) ?? "==" })
        }
      >
        {comparisons.map((one) => (
          <option key={one} value={one}>
            {words[one]}
          </option>
        ))}
      </select>
      <input
        name="value"
        aria-label={`Value of ${name}`}
        defaultValue={value}
        list={values}
        size={12}
        onBlur={({ target }) => change(target.value)}
      />
      <datalist id={values}>
        {field?.examples.map((example) => (
          <option key={example.value} value={example.value} />
        ))}
      </datalist>
      <span className="faint">{field?.units ?? ""}</span>
      <button type="button" className="quiet" aria-label={`Remove the condition of ${name}`} onClick={onRemove}>
        ✕
      </button>
    </form>
  );
};

const words = {
  "==": "is",
  "!=": "is not",
  ">=": "at least",
  "<=": "at most",
  ">": "more than",
  "<": "less than",
} as const;
