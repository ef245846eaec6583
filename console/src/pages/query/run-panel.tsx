import { schedulerRoutes } from "@rollerblade/client";
import { useId } from "react";
import { client } from "../../api/client.ts";
import { useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { RunOrder } from "../../parts/run-order.tsx";

type RunPanelProps = {
  readonly expression: string;
  readonly analysis: string;
  readonly onAnalysis: (name: string) => void;
};

/** Runs an analysis over what was found, once one has seen what it would do. */
export const RunPanel = ({ expression, analysis, onAnalysis }: RunPanelProps) => {
  const id = useId();
  const analyses = useWholeList(schedulerRoutes.listAnalyses.path, {}, (after) =>
    client.call(schedulerRoutes.listAnalyses, { query: { limit: 1_000, after } }),
  );
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
      {analysis !== "" && <RunOrder body={{ analysis, query: expression }} keep />}
    </section>
  );
};
