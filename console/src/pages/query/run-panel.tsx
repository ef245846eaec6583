import { schedulerRoutes } from "@rollerblade/client";
import { useId } from "react";
import { Link } from "react-router";
import { useChange, useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { RunForecast } from "../../parts/run-forecast.tsx";

type RunPanelProps = {
  readonly expression: string;
  readonly analysis: string;
  readonly onAnalysis: (name: string) => void;
};

/** Runs an analysis over what was found, once one has seen what it would do. */
export const RunPanel = ({ expression, analysis, onAnalysis }: RunPanelProps) => {
  const id = useId();
  const analyses = useRoute(schedulerRoutes.listAnalyses, { query: { limit: 1_000 } });
  const names = [...new Set(analyses.data?.items.map(({ name }) => name))];
  return (
    <section className="panel" aria-labelledby="query-run">
      <h2 id="query-run">Run an analysis on it</h2>
      <Answer asked={analyses}>
        {() => (
          <>
            <label htmlFor={id}>Analysis</label>
            <select id={id} value={analysis} onChange={({ target }) => onAnalysis(target.value)}>
              <option value="">Choose one</option>
              {names.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </>
        )}
      </Answer>
      {analysis !== "" && <Order expression={expression} analysis={analysis} />}
    </section>
  );
};

const Order = ({ expression, analysis }: { readonly expression: string; readonly analysis: string }) => {
  const plan = useRoute(schedulerRoutes.planRun, { body: { analysis, query: expression } }, { keep: true });
  const run = useChange(schedulerRoutes.createRun, ["/v1/runs"]);
  return (
    <>
      <Answer asked={plan}>{(forecast) => <RunForecast plan={forecast} />}</Answer>
      <button
        type="button"
        disabled={plan.data === undefined || run.isPending}
        onClick={() => run.mutate({ body: { analysis, query: expression } })}
      >
        Run it
      </button>
      {run.data !== undefined && (
        <p role="status">
          ✓ <Link to={`/runs/${run.data.id}`}>The run</Link> has begun.
        </p>
      )}
      {run.error !== null && <ProblemNote problem={run.error} />}
    </>
  );
};
