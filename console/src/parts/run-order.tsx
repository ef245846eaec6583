import { type RouteInput, schedulerRoutes } from "@rollerblade/client";
import { Link } from "react-router";
import { useChange, useRoute } from "../api/use-route.ts";
import { Answer } from "./answer.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { RunForecast } from "./run-forecast.tsx";

type RunOrderProps = {
  readonly body: RouteInput<typeof schedulerRoutes.planRun>["body"];
  /** Whether the forecast of before stays while the next one comes, as while one types. @default false */
  readonly keep?: boolean;
};

/** What a run would do, and the button that begins it. */
export const RunOrder = ({ body, keep = false }: RunOrderProps) => {
  const plan = useRoute(schedulerRoutes.planRun, { body }, { keep });
  const run = useChange(schedulerRoutes.createRun, ["/v1/runs"]);
  return (
    <>
      <Answer asked={plan}>{(forecast) => <RunForecast plan={forecast} />}</Answer>
      <button type="button" disabled={plan.data === undefined || run.isPending} onClick={() => run.mutate({ body })}>
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
