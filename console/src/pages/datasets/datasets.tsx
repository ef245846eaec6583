import { catalogRoutes, type DatasetSummary } from "@rollerblade/client";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { ImportPanel } from "../../importing/import-panel.tsx";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { bytes, count, moment } from "../../parts/format.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";

const columns: readonly Column<DatasetSummary>[] = [
  {
    key: "name",
    title: "Name",
    width: "minmax(10rem, 2fr)",
    cell: ({ name }) => <Link to={`/datasets/${name}`}>{name}</Link>,
  },
  { key: "subjects", title: "Subjects", isNumber: true, cell: ({ subjects }) => count(subjects) },
  { key: "sessions", title: "Sessions", isNumber: true, cell: ({ sessions }) => count(sessions) },
  { key: "scans", title: "Scans", isNumber: true, cell: ({ scans }) => count(scans) },
  { key: "derivatives", title: "Derivatives", isNumber: true, cell: ({ derivatives }) => count(derivatives) },
  {
    key: "size",
    title: "Size",
    isNumber: true,
    cell: (dataset) => bytes(dataset.bytes + dataset.derivativeBytes),
  },
  { key: "changed", title: "Changed", width: "12rem", cell: ({ updatedAt }) => moment(updatedAt) },
];

/** All datasets that one may read. */
const Datasets = () => {
  usePageTitle("Datasets");
  const datasets = useList(catalogRoutes.listDatasets.path, {}, (after) =>
    client.call(catalogRoutes.listDatasets, { query: { after } }),
  );
  return (
    <section>
      <h1>Datasets</h1>
      <Answer asked={datasets}>
        {() => (
          <DataTable
            label="Datasets"
            columns={columns}
            items={datasets.items}
            keyOf={({ name }) => name}
            onMore={moreOf(datasets)}
            isReading={datasets.isFetchingNextPage}
            empty="There is no dataset that you may read. Ask its owner to share it, or import one."
          />
        )}
      </Answer>
      <ImportPanel />
    </section>
  );
};

export default Datasets;
