import { type AttemptStatus, type ExecutionStatus, schedulerRoutes } from "@rollerblade/client";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { bytes, moment } from "../../parts/format.ts";
import { SliceLink } from "../../parts/slice-link.tsx";
import { type Meaning, StateBadge } from "../../parts/state-badge.tsx";
import { AttemptLog } from "./attempt-log.tsx";
import { durationText } from "./progress-rate.ts";
import { spansOf } from "./slice-spans.ts";
import { Waterfall } from "./waterfall.tsx";

type AttemptsProps = {
  readonly task: string;
  /** Which attempt's log is shown; the last one where it is empty. */
  readonly attempt: string;
  readonly onAttempt: (number: string) => void;
  readonly onClose: () => void;
};

/** What was tried for one slice, on a line of time, with the log of one attempt. */
export const Attempts = ({ task, attempt, onAttempt, onClose }: AttemptsProps) => {
  const asked = useRoute(schedulerRoutes.showTask, { params: { id: task } });
  return (
    <section className="panel" aria-labelledby="run-attempts">
      <h2 id="run-attempts">Attempts</h2>
      <button type="button" className="quiet" onClick={onClose}>
        Close
      </button>
      <Answer asked={asked}>
        {({ slice, reason, history, outcome, createdAt, finishedAt }) => (
          <>
            <p>
              <SliceLink slice={slice} />: {outcome ?? "not ended"}
              {reason === "" ? "" : `, ${reason}`}
            </p>
            {history === null || history.attempts.length === 0 ? (
              <p>Nothing was executed for it{outcome === null ? " yet" : ""}.</p>
            ) : (
              <>
                <Line execution={history} />
                <Waterfall spans={spansOf({ createdAt, finishedAt, history }, Date.now())} />
                <AttemptChoice execution={history} attempt={attempt} onAttempt={onAttempt} />
              </>
            )}
          </>
        )}
      </Answer>
    </section>
  );
};

const meaningOf = ({ state, outcome }: AttemptStatus): Meaning => {
  if (state === "running") return "busy";
  if (outcome === "succeeded") return "good";
  return outcome === "cancelled" || outcome === "lost" ? "neutral" : "bad";
};

/** Attempts as bars between the request and the end; the time between two bars is drawn no longer than the longest attempt. */
const Line = ({ execution: { attempts, createdAt } }: { readonly execution: ExecutionStatus }) => {
  const times = attempts.map(({ startedAt, finishedAt }) => ({
    begin: Date.parse(startedAt),
    end: finishedAt === null ? Date.now() : Date.parse(finishedAt),
  }));
  const longest = Math.max(1, ...times.map(({ begin, end }) => end - begin));
  let before = Date.parse(createdAt);
  const parts = attempts.flatMap((attempt, at) => {
    const { begin = before, end = before } = times[at] ?? {};
    const waited = Math.max(0, begin - before);
    before = end;
    return [
      {
        key: `wait ${attempt.number}`,
        width: Math.min(waited, longest),
        isFolded: waited > longest,
        attempt: null,
        ms: waited,
      },
      { key: `attempt ${attempt.number}`, width: end - begin, isFolded: false, attempt, ms: end - begin },
    ];
  });
  return (
    <ol className="timeline">
      {parts.map(({ key, width, isFolded, attempt, ms }) => (
        <li
          key={key}
          style={{ flexGrow: Math.max(width, longest / 50) }}
          className={attempt === null ? "timeline-wait" : `timeline-attempt badge-${meaningOf(attempt)}`}
        >
          {attempt === null
            ? `${isFolded ? "⋯ " : ""}waited ${durationText(ms / 1000)}`
            : `${attempt.number}: ${durationText(ms / 1000)}`}
        </li>
      ))}
    </ol>
  );
};

const AttemptChoice = ({
  execution,
  attempt,
  onAttempt,
}: {
  readonly execution: ExecutionStatus;
  readonly attempt: string;
  readonly onAttempt: (number: string) => void;
}) => {
  const shown = execution.attempts.find(({ number }) => String(number) === attempt) ?? execution.attempts.at(-1);
  if (shown === undefined) return null;
  return (
    <>
      <table className="plain">
        <caption>Attempts of this slice</caption>
        <thead>
          <tr>
            <th scope="col">Attempt</th>
            <th scope="col">Ended</th>
            <th scope="col">Memory</th>
            <th scope="col">Where</th>
            <th scope="col">Begun</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {execution.attempts.map((one) => (
            <tr key={one.number} aria-current={one === shown ? "true" : undefined}>
              <td>
                <button type="button" className="quiet" onClick={() => onAttempt(String(one.number))}>
                  Log of {one.number}
                </button>
              </td>
              <td>
                <StateBadge meaning={meaningOf(one)}>{one.outcome ?? one.state}</StateBadge>
              </td>
              <td>{bytes(one.memory)}</td>
              <td>{one.executor}</td>
              <td>{moment(one.startedAt)}</td>
              <td>{one.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <AttemptLog key={`${execution.id} ${shown.number}`} execution={execution.id} attempt={shown} />
    </>
  );
};
