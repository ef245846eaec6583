import { type AnalysisVersion, schedulerRoutes } from "@rollerblade/client";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { analysisAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { moment } from "../../parts/format.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";

const columns: readonly Column<AnalysisVersion>[] = [
  {
    key: "name",
    title: "Name",
    width: "minmax(12rem, 2fr)",
    cell: ({ name }) => (
      <Link className="whole-cell" to={analysisAddress(name)}>
        {name}
      </Link>
    ),
  },
  {
    key: "version",
    title: "Version",
    width: "8rem",
    cell: ({ name, version }) => <Link to={`${analysisAddress(name)}?version=${version}`}>{version}</Link>,
  },
  { key: "level", title: "One run a", width: "8rem", cell: ({ level }) => level },
  { key: "description", title: "What it does", width: "minmax(14rem, 4fr)", cell: ({ description }) => description },
  { key: "owner", title: "Owner", width: "8rem", cell: ({ owner }) => owner },
  { key: "created", title: "Created", width: "12rem", cell: ({ createdAt }) => moment(createdAt) },
];

/** All versions of the analyses that one may use, the highest of each first. */
const Analyses = () => {
  usePageTitle("Analyses");
  const analyses = useList(schedulerRoutes.listAnalyses.path, {}, (after) =>
    client.call(schedulerRoutes.listAnalyses, { query: { after } }),
  );
  return (
    <section>
      <h1>Analyses</h1>
      <Answer asked={analyses}>
        {() => (
          <DataTable
            label="Analyses"
            columns={columns}
            items={analyses.items}
            keyOf={({ name, version }) => `${name} ${version}`}
            onMore={moreOf(analyses)}
            isReading={analyses.isFetchingNextPage}
            empty="There is no analysis that you may use. Create one with `rollerblade analysis create`."
          />
        )}
      </Answer>
    </section>
  );
};

export default Analyses;
