import { schedulerRoutes } from "@rollerblade/client";
import { Link, useParams } from "react-router";
import { useChange, useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { bytes, count, moment, plural } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { RunState } from "../../parts/run-state.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { Attempts } from "./attempts.tsx";
import { Failures, retryChanges } from "./failures.tsx";
import { Progress } from "./progress.tsx";
import { Slices } from "./slices.tsx";

const defaults = { outcome: "", subject: "", like: "", sort: "", task: "", attempt: "" } as const;

/** One run: how far it is, why slices failed and what to do about it, each slice with its attempts and logs. */
const Run = () => {
  const { id = "" } = useParams();
  const asked = useRoute(schedulerRoutes.showRun, { params: { id } });
  const [{ task, attempt, ...filter }, change] = useAddressState(defaults);
  usePageTitle(asked.data === undefined ? "Run" : `Run of ${asked.data.analysis}`);
  const cancel = useChange(schedulerRoutes.cancelRun, retryChanges);
  const retry = useChange(schedulerRoutes.retryRun, retryChanges);
  const problem = cancel.error ?? retry.error;
  const summary = (
    <Answer asked={asked} isPage>
      {(run) => (
        <>
          <h1>
            Run of {run.analysis} {run.version}
          </h1>
          <p className="actions">
            <RunState run={run} />
            <span className="faint">
              {run.document === null ? (
                `requested by ${run.owner}`
              ) : (
                <Link to={`/pipelines/${run.document}`}>
                  {run.document}: {run.rule}
                </Link>
              )}
              , begun {moment(run.createdAt)}
              {run.finishedAt === null ? "" : `, ended ${moment(run.finishedAt)}`}
            </span>
            {run.state !== "finished" && (
              <ConfirmButton
                title="Cancel the run"
                question={`${plural(run.counts.open, "slice")} will not be done.`}
                isDisabled={cancel.isPending}
                onConfirm={() => cancel.mutate({ params: { id } })}
              />
            )}
            {run.state === "finished" && run.counts.failed + run.counts.cancelled > 0 && (
              <button
                type="button"
                disabled={retry.isPending}
                onClick={() => retry.mutate({ params: { id }, query: {} })}
              >
                Retry all {count(run.counts.failed + run.counts.cancelled)}
              </button>
            )}
          </p>
          {problem !== null && <ProblemNote problem={problem} />}
          {run.reason !== "" && <p className="note note-warning">◔ {run.reason}</p>}
          <Progress run={run} />
          <details>
            <summary>What was asked for</summary>
            <dl className="facts">
              <dt>Query</dt>
              <dd>
                <code>{run.query === null || run.query === "" ? "everything" : run.query}</code>
              </dd>
              <dt>Parameters</dt>
              <dd>
                <code>{JSON.stringify(run.parameters)}</code>
              </dd>
              {run.inputs.map(({ input, analysis, version }) => (
                <div key={input}>
                  <dt>Input {input}</dt>
                  <dd>
                    {analysis} {version}
                  </dd>
                </div>
              ))}
              <dt>Id</dt>
              <dd className="mono">{run.id}</dd>
            </dl>
          </details>
          {run.outputs.length > 0 && (
            <section aria-labelledby="run-outputs">
              <h2 id="run-outputs">Results</h2>
              <ul className="rows">
                {run.outputs.map(({ dataset, folder, files, bytes: size }) => (
                  <li key={`${dataset} ${folder}`}>
                    <Link to={`/results?dataset=${encodeURIComponent(dataset)}`}>{dataset}</Link>: {folder},{" "}
                    {plural(files, "file")}, {bytes(size)}
                  </li>
                ))}
              </ul>
            </section>
          )}
          {run.failures.length > 0 && <Failures run={id} failures={run.failures} />}
          {task !== "" && (
            <Attempts
              task={task}
              attempt={attempt}
              onAttempt={(number) => change({ attempt: number })}
              onClose={() => change({ task: "", attempt: "" })}
            />
          )}
        </>
      )}
    </Answer>
  );
  // The slices are read beside the run: of many slices, its causes and results take longer.
  return (
    <>
      {summary}
      {asked.error === null && <Slices run={id} total={asked.data?.counts.total} filter={filter} onFilter={change} />}
    </>
  );
};

export default Run;
