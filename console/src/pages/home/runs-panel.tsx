import { schedulerRoutes } from "@rollerblade/client";
import { Link } from "react-router";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { moment } from "../../parts/format.ts";
import { RunCounts } from "../../parts/run-counts.tsx";
import { RunState } from "../../parts/run-state.tsx";

/** Runs that a person looks at on this page; all of them are on the page of runs. */
const maxRuns = 10;

/** What is going on, and what has ended last. */
export const RunsPanel = () => {
  const runs = useRoute(schedulerRoutes.listRuns, { query: { limit: maxRuns } });
  return (
    <section className="panel" aria-labelledby="home-runs">
      <h2 id="home-runs">Runs</h2>
      <Answer asked={runs}>
        {({ items }) =>
          items.length === 0 ? (
            <p>Nothing has been run yet.</p>
          ) : (
            <ul className="rows">
              {items.map((run) => (
                <li key={run.id}>
                  <Link to={`/runs/${run.id}`}>
                    {run.analysis} {run.version}
                  </Link>{" "}
                  <RunState run={run} />
                  <RunCounts counts={run.counts} />
                  <span className="faint">
                    {run.document === null ? run.owner : `${run.document}: ${run.rule ?? ""}`}, {moment(run.createdAt)}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </section>
  );
};
