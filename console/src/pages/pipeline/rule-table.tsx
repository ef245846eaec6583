import { type PipelineSummary, type RuleCounts, routerRoutes } from "@rollerblade/client";
import { Link } from "react-router";
import { useChange } from "../../api/use-route.ts";
import { count } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { ScrollBox } from "../../parts/scroll-box.tsx";

type RuleTableProps = {
  readonly name: string;
  readonly rules: PipelineSummary["rules"];
  readonly counts: readonly RuleCounts[];
};

const columns = [
  ["asked", "At work"],
  ["ran", "Ran"],
  ["cached", "Cached"],
  ["inPlace", "In place"],
  ["failed", "Failed"],
  ["waiting", "Waiting"],
  ["stuck", "Stuck"],
  ["ambiguous", "Ambiguous"],
  ["unknown", "Unknown"],
  ["notCalled", "Not called"],
] as const;

/** How many decisions of each rule are where. */
export const RuleTable = ({ name, rules, counts }: RuleTableProps) => {
  const retry = useChange(routerRoutes.retryPipeline, ["/v1/pipelines", "/v1/decisions", "/v1/runs", "/v1/tasks"]);
  return (
    <section aria-labelledby="pipeline-rules">
      <h2 id="pipeline-rules">Rules</h2>
      <ScrollBox label="Rules and their decisions">
        <table className="plain">
          <caption>Slices by what was decided of them</caption>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Runs</th>
              {columns.map(([key, title]) => (
                <th scope="col" key={key}>
                  {title}
                </th>
              ))}
              <th scope="col">Again</th>
            </tr>
          </thead>
          <tbody>
            {counts.map((rule) => {
              const locked = rules.find((one) => one.rule === rule.rule);
              return (
                <tr key={rule.rule}>
                  <th scope="row">{rule.rule}</th>
                  <td>
                    <Link to={`/runs/${rule.run}`}>
                      {locked?.analysis} {locked?.version}
                    </Link>
                  </td>
                  {columns.map(([key]) => (
                    <td key={key} className="number">
                      {rule[key] === 0 ? "–" : count(rule[key])}
                    </td>
                  ))}
                  <td>
                    {rule.failed > 0 && (
                      <button
                        type="button"
                        className="quiet"
                        disabled={retry.isPending}
                        onClick={() => retry.mutate({ params: { name }, body: { rule: rule.rule } })}
                      >
                        Retry {count(rule.failed)}
                      </button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollBox>
      {retry.error !== null && <ProblemNote problem={retry.error} />}
    </section>
  );
};
