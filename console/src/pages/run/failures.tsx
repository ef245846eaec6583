import { type RunFailure, schedulerRoutes } from "@rollerblade/client";
import { useState } from "react";
import { Link } from "react-router";
import { useChange } from "../../api/use-route.ts";
import { count, plural } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";

/** What a retry changes. */
export const retryChanges = ["/v1/runs", "/v1/tasks", "/v1/executions", "/v1/decisions"] as const;

/** The failures of a run by their cause, each with what can be done about all of them at once. */
export const Failures = ({ run, failures }: { readonly run: string; readonly failures: readonly RunFailure[] }) => (
  <section aria-labelledby="run-failures">
    <h2 id="run-failures">Failures by cause</h2>
    <ul className="rows">
      {failures.map((failure) => (
        <Failure key={failure.task} run={run} failure={failure} />
      ))}
    </ul>
  </section>
);

/** Memory that people give to what ran out of it, in GiB. */
const memories = [2, 4, 8, 16, 32, 64, 128] as const;

const Failure = ({
  run,
  failure: { reason, count: slices, task },
}: {
  readonly run: string;
  readonly failure: RunFailure;
}) => {
  const [gibibytes, setGibibytes] = useState("");
  const retry = useChange(schedulerRoutes.retryRun, retryChanges);
  const [first = "", ...rest] = reason.split("\n");
  return (
    <li className="failure">
      <p>
        <strong>✕ {plural(slices, "slice")}</strong>: <span className="failure-reason">{first}</span>
      </p>
      {rest.length > 0 && (
        <details>
          <summary>All of the message</summary>
          <pre>{reason}</pre>
        </details>
      )}
      <p className="actions">
        <Link to={`?task=${task}`}>Log of one of them</Link>
        <Link to={`?like=${task}`}>Show {slices === 1 ? "it" : `all ${count(slices)}`}</Link>
        <label>
          Memory{" "}
          <select value={gibibytes} onChange={({ target }) => setGibibytes(target.value)}>
            <option value="">as before</option>
            {memories.map((one) => (
              <option key={one} value={one}>
                {one} GiB
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          disabled={retry.isPending}
          onClick={() =>
            retry.mutate({
              params: { id: run },
              query: { like: task, ...(gibibytes === "" ? {} : { memory: Number(gibibytes) * 2 ** 30 }) },
            })
          }
        >
          Retry {slices === 1 ? "this slice" : "these slices"}
        </button>
      </p>
      {retry.error !== null && <ProblemNote problem={retry.error} />}
    </li>
  );
};
