import { type RunStatus, runOrderBy, schedulerRoutes } from "@rollerblade/client";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { count, moment } from "../../parts/format.ts";
import { RunState } from "../../parts/run-state.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";

const columns: readonly Column<RunStatus>[] = [
  {
    key: "analysis",
    sort: "analysis",
    title: "Analysis",
    width: "minmax(12rem, 2fr)",
    cell: ({ id, analysis, version }) => (
      <Link to={`/runs/${id}`}>
        {analysis} {version}
      </Link>
    ),
  },
  { key: "state", title: "State", width: "14rem", cell: (run) => <RunState run={run} /> },
  { key: "total", title: "Slices", isNumber: true, cell: ({ counts }) => count(counts.total) },
  { key: "open", title: "Open", isNumber: true, cell: ({ counts }) => count(counts.open) },
  { key: "failed", sort: "failed", title: "Failed", isNumber: true, cell: ({ counts }) => count(counts.failed) },
  {
    key: "owner",
    title: "Requested by",
    width: "minmax(10rem, 2fr)",
    cell: ({ owner, document, rule }) => (document === null ? owner : `${document}: ${rule ?? ""}`),
  },
  { key: "created", sort: "made", title: "Begun", width: "12rem", cell: ({ createdAt }) => moment(createdAt) },
];

const states = ["collecting", "open", "finished"] as const;
const defaults = { state: "", analysis: "", sort: "-made" } as const;

/** All runs that one may see, by default the newest first. */
const Runs = () => {
  usePageTitle("Runs");
  const [{ state, analysis, sort }, change] = useAddressState(defaults);
  const query = {
    ...(analysis === "" ? {} : { analysis }),
    state: states.find((one) => one === state),
    sort: runOrderBy.options.find((one) => one === sort),
  };
  const runs = useList(schedulerRoutes.listRuns.path, query, (after) =>
    client.call(schedulerRoutes.listRuns, { query: { ...query, after } }),
  );
  return (
    <section>
      <h1>Runs</h1>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          State{" "}
          <select value={state} onChange={({ target }) => change({ state: target.value })}>
            <option value="">all</option>
            {states.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Analysis <input value={analysis} onChange={({ target }) => change({ analysis: target.value.trim() })} />
        </label>
      </form>
      <Answer asked={runs}>
        {() => (
          <DataTable
            label="Runs"
            columns={columns}
            items={runs.items}
            keyOf={({ id }) => id}
            onMore={moreOf(runs)}
            isReading={runs.isFetchingNextPage}
            empty="No run is like this."
            order={sort}
            onOrder={(order) => change({ sort: order })}
          />
        )}
      </Answer>
    </section>
  );
};

export default Runs;
