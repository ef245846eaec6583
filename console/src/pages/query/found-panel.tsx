import { catalogRoutes, type QueryLevel, type SliceSummary } from "@rollerblade/client";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { datasetAddress, scanAddress, subjectAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { bytes, count, plural } from "../../parts/format.ts";
import { valueText } from "../../parts/value-text.ts";

type FoundPanelProps = { readonly expression: string; readonly level: QueryLevel; readonly columns: readonly string[] };

/** What a condition finds: how much, and a table of it. */
export const FoundPanel = ({ expression, level, columns }: FoundPanelProps) => {
  const body = { expression, level, columns: [...columns], count: true };
  const found = useList(catalogRoutes.runQuery.path, body, (after) =>
    client.call(catalogRoutes.runQuery, { body: { ...body, after } }),
  );
  const [first] = found.data?.pages ?? [];
  return (
    <Answer asked={found}>
      {() => (
        <>
          <p role="status">
            {typeof first?.total === "number"
              ? `${plural(first.total, level)} found`
              : `${plural(found.items.length, level)} and more`}
            {first?.unknown ? `; for ${plural(first.unknown, "scan")} a field of the condition is unknown` : ""}
          </p>
          {first?.notices.map((notice) => (
            <p key={notice} className="note note-warning">
              ◔ {notice}
            </p>
          ))}
          <DataTable
            label="Found"
            columns={columnsOf(level, columns)}
            items={found.items}
            keyOf={({ slice, file }) => `${JSON.stringify(slice)}${file?.path ?? ""}`}
            total={first?.total ?? undefined}
            onMore={moreOf(found)}
            isReading={found.isFetchingNextPage}
            empty="Nothing that you may read is like this."
          />
        </>
      )}
    </Answer>
  );
};

const columnsOf = (level: QueryLevel, columns: readonly string[]): Column<SliceSummary>[] => [
  { key: "name", title: level, width: "minmax(16rem, 2fr)", cell: (item) => <Name item={item} /> },
  { key: "scans", title: "Scans", isNumber: true, width: "6rem", cell: ({ scans }) => count(scans) },
  { key: "size", title: "Size", isNumber: true, width: "7rem", cell: ({ size }) => bytes(size) },
  ...columns.map((name, index) => ({
    key: name,
    title: name,
    cell: ({ values }: SliceSummary) => {
      const value = values?.[index];
      return value === null || value === undefined ? <span className="faint">–</span> : valueText(value);
    },
  })),
];

const Name = ({ item: { slice, file } }: { readonly item: SliceSummary }) => {
  const { dataset, subject, session, scan } = slice;
  if (scan !== null) return <Link to={scanAddress(dataset, scan)}>{`${dataset}/${file?.path ?? scan}`}</Link>;
  if (subject === null) return <Link to={datasetAddress(dataset)}>{dataset}</Link>;
  return (
    <Link to={subjectAddress(dataset, subject, session)}>
      {dataset} / sub-{subject}
      {session === null ? "" : ` / ses-${session}`}
    </Link>
  );
};
