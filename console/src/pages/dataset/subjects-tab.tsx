import { catalogRoutes, type SliceSummary } from "@rollerblade/client";
import { useId, useState } from "react";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList, useRoute } from "../../api/use-route.ts";
import { subjectAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import { ChosenColumns } from "../../parts/chosen-columns.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { bytes, count, plural } from "../../parts/format.ts";
import { useAddressState } from "../../parts/use-address-state.ts";
import { valueText } from "../../parts/value-text.ts";

/** The address names the condition, and the columns with commas between. */
const defaults = { tab: "", where: "", columns: "subject.age,subject.sex" };

/** Subjects that a condition finds, with any fields as columns. */
export const SubjectsTab = ({ dataset }: { readonly dataset: string }) => {
  const [{ where, columns: wanted }, change] = useAddressState(defaults);
  const fields = wanted.split(",").filter((name) => name !== "" && name !== "none");
  const body = { expression: where, level: "subject" as const, datasets: [dataset], columns: fields, count: true };
  const subjects = useList(catalogRoutes.runQuery.path, body, (after) =>
    client.call(catalogRoutes.runQuery, { body: { ...body, after } }),
  );
  const [first] = subjects.data?.pages ?? [];
  return (
    <>
      <ConditionForm where={where} onChange={(text) => change({ where: text })} />
      <ColumnChoice
        dataset={dataset}
        columns={fields}
        onChange={(names) => change({ columns: names.length === 0 ? "none" : names.join(",") })}
      />
      <Answer asked={subjects}>
        {() => (
          <>
            <p role="status">
              {first?.total === null || first === undefined ? "" : plural(first.total, "subject")}
              {first?.unknown ? `; of ${plural(first.unknown, "scan")} a field of the condition is unknown` : ""}
            </p>
            <DataTable
              label="Subjects"
              columns={columnsOf(fields)}
              items={subjects.items}
              keyOf={({ slice }) => slice.subject ?? ""}
              total={first?.total ?? undefined}
              onMore={moreOf(subjects)}
              isReading={subjects.isFetchingNextPage}
              empty="No subject of this dataset has a scan for which the condition is true."
            />
          </>
        )}
      </Answer>
    </>
  );
};

const columnsOf = (fields: readonly string[]): Column<SliceSummary>[] => [
  {
    key: "subject",
    title: "Subject",
    cell: ({ slice }) => <Link to={subjectAddress(slice.dataset, slice.subject ?? "")}>{slice.subject}</Link>,
  },
  { key: "scans", title: "Scans", isNumber: true, width: "6rem", cell: ({ scans }) => count(scans) },
  { key: "suffixes", title: "Suffixes", cell: ({ suffixes }) => suffixes.join(", ") },
  { key: "size", title: "Size", isNumber: true, width: "7rem", cell: ({ size }) => bytes(size) },
  ...fields.map((field, index) => ({
    key: field,
    title: field,
    cell: ({ values }: SliceSummary) => {
      const value = values?.[index];
      return value === null || value === undefined ? <span className="faint">–</span> : valueText(value);
    },
  })),
];

const ConditionForm = ({ where, onChange }: { readonly where: string; readonly onChange: (text: string) => void }) => {
  const [text, setText] = useState(where);
  return (
    <form
      className="line"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(text);
      }}
    >
      <label className="grow">
        Condition
        <input
          value={text}
          placeholder='subject.age >= 20 && scan.suffix == "T1w"'
          onChange={({ target }) => setText(target.value)}
        />
      </label>
      <button type="submit">Show</button>
    </form>
  );
};

type ColumnChoiceProps = {
  readonly dataset: string;
  readonly columns: readonly string[];
  readonly onChange: (columns: readonly string[]) => void;
};

/** Adds a field as a column, and takes columns away. */
const ColumnChoice = ({ dataset, columns, onChange }: ColumnChoiceProps) => {
  const id = useId();
  const [text, setText] = useState("");
  const fields = useRoute(catalogRoutes.listFields, { query: { dataset } });
  const names = fields.data?.items.map(({ name }) => name) ?? [];
  const add = (): void => {
    if (!names.includes(text) || columns.includes(text)) return;
    onChange([...columns, text]);
    setText("");
  };
  return (
    <form
      className="line"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <label>
        Column
        <input list={id} value={text} onChange={({ target }) => setText(target.value)} placeholder="subject.…" />
      </label>
      <datalist id={id}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit" disabled={!names.includes(text)}>
        Add
      </button>
      <ChosenColumns columns={columns} onChange={onChange} />
    </form>
  );
};
