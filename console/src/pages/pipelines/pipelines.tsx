import { type PipelineSummary, routerRoutes } from "@rollerblade/client";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { moment, plural } from "../../parts/format.ts";
import { StateBadge } from "../../parts/state-badge.tsx";
import { usePageTitle } from "../../parts/use-page-title.ts";

const columns: readonly Column<PipelineSummary>[] = [
  { key: "name", title: "Document", cell: ({ name }) => <Link to={`/pipelines/${name}`}>{name}</Link> },
  { key: "owner", title: "Owner", cell: ({ owner }) => owner },
  { key: "datasets", title: "For", cell: ({ datasets }) => datasets.join(", ") },
  {
    key: "rules",
    title: "Rules",
    cell: ({ rules, tags }) => `${plural(rules.length, "rule")}, ${plural(tags.length, "tag")}`,
  },
  {
    key: "state",
    title: "State",
    cell: ({ refusal }) =>
      refusal === "" ? (
        <StateBadge meaning="good">in force</StateBadge>
      ) : (
        <StateBadge meaning="bad">a newer one was refused</StateBadge>
      ),
  },
  { key: "applied", title: "Applied", width: "12rem", cell: ({ appliedAt }) => moment(appliedAt) },
];

/** All pipeline documents in force that one may read, and a way to begin another one. */
const Pipelines = () => {
  usePageTitle("Pipelines");
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const documents = useList(routerRoutes.listPipelines.path, {}, (after) =>
    client.call(routerRoutes.listPipelines, { query: { after } }),
  );
  return (
    <section>
      <h1>Pipelines</h1>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          navigate(`/pipelines/${encodeURIComponent(name)}?new=yes`);
        }}
      >
        <label>
          A new document, called <input required value={name} onChange={({ target }) => setName(target.value.trim())} />
        </label>
        <button type="submit">Write it</button>
      </form>
      <Answer asked={documents}>
        {() => (
          <DataTable
            label="Pipeline documents"
            columns={columns}
            items={documents.items}
            keyOf={({ name: one }) => one}
            onMore={moreOf(documents)}
            isReading={documents.isFetchingNextPage}
            empty="No document is in force."
          />
        )}
      </Answer>
    </section>
  );
};

export default Pipelines;
