import { catalogRoutes } from "@rollerblade/client";
import { useId, useState } from "react";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ChosenColumns } from "../../parts/chosen-columns.tsx";
import { FieldInput } from "../../parts/field-input.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { ComparePanel } from "./compare-panel.tsx";
import { ExpressionEditor } from "./expression-editor.tsx";
import { FoundPanel } from "./found-panel.tsx";
import { HistogramPanel } from "./histogram-panel.tsx";
import { RunPanel } from "./run-panel.tsx";
import { SavePanel } from "./save-panel.tsx";
import { SimpleForm } from "./simple-form.tsx";

const defaults = {
  expression: "",
  level: "session",
  columns: "subject.age,subject.sex",
  by: "subject.sex",
  from: "",
  to: "",
  analysis: "",
};

const levels = ["file", "scan", "session", "subject", "dataset"] as const;

/** Asks for scans by any property: what is found, how it is distributed, saved and pinned, and what an analysis would do with it. */
const Query = () => {
  usePageTitle("Query");
  const [state, change] = useAddressState(defaults);
  const { expression } = state;
  const level = levels.find((one) => one === state.level) ?? "session";
  const columns = state.columns.split(",").filter((name) => name !== "" && name !== "none");
  const levelId = useId();
  return (
    <>
      <h1>Query</h1>
      <div className="query-ways">
        <ExpressionEditor expression={expression} onChange={(text) => change({ expression: text })} />
        <SimpleForm expression={expression} onChange={(text) => change({ expression: text })} />
      </div>
      <div className="line">
        <label htmlFor={levelId}>One row a</label>
        <select id={levelId} value={level} onChange={({ target }) => change({ level: target.value })}>
          {levels.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
        <Columns
          columns={columns}
          onChange={(names) => change({ columns: names.length === 0 ? "none" : names.join(",") })}
        />
      </div>
      <FoundPanel expression={expression} level={level} columns={columns} />
      <div className="panels wide">
        <HistogramPanel expression={expression} by={state.by} onBy={(by) => change({ by })} />
        <RunPanel expression={expression} analysis={state.analysis} onAnalysis={(analysis) => change({ analysis })} />
        <SavePanel expression={expression} level={level} />
        <ComparePanel from={state.from} to={state.to} onChange={change} />
        <SavedQueries onOpen={(saved) => change({ expression: saved })} />
      </div>
    </>
  );
};

type ColumnsProps = { readonly columns: readonly string[]; readonly onChange: (names: readonly string[]) => void };

const Columns = ({ columns, onChange }: ColumnsProps) => {
  const [text, setText] = useState("");
  return (
    <>
      <FieldInput label="Column" value={text} onChange={setText} />
      <button
        type="button"
        disabled={text === "" || columns.includes(text)}
        onClick={() => {
          onChange([...columns, text]);
          setText("");
        }}
      >
        Add
      </button>
      <ChosenColumns columns={columns} onChange={onChange} />
    </>
  );
};

const SavedQueries = ({ onOpen }: { readonly onOpen: (name: string) => void }) => {
  const asked = useWholeList(catalogRoutes.listSavedQueries.path, {}, (after) =>
    client.call(catalogRoutes.listSavedQueries, { query: { limit: 1_000, after } }),
  );
  return (
    <section className="panel" aria-labelledby="query-saved">
      <h2 id="query-saved">Saved queries</h2>
      <Answer asked={asked}>
        {({ items }) => (
          <ul className="rows">
            {items.length === 0 && <li>None yet.</li>}
            {items.map(({ name, owner, expression, description }) => (
              <li key={name}>
                <Link
                  to={`?expression=${encodeURIComponent(name)}`}
                  onClick={(event) => {
                    event.preventDefault();
                    onOpen(name);
                  }}
                >
                  {name}
                </Link>{" "}
                <span className="faint">
                  of {owner}
                  {description === "" ? "" : `: ${description}`}
                </span>
                <br />
                <code>{expression === "" ? "everything" : expression}</code>
              </li>
            ))}
          </ul>
        )}
      </Answer>
    </section>
  );
};

export default Query;
