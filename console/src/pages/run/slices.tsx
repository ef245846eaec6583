import { schedulerRoutes, type TaskOutcome, type TaskStatus, taskOrder, taskOutcome } from "@rollerblade/client";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { moment } from "../../parts/format.ts";
import { SliceLink } from "../../parts/slice-link.tsx";
import { type Meaning, StateBadge } from "../../parts/state-badge.tsx";

/** What of the slices is shown, as the address says. */
export type SliceFilter = {
  readonly outcome: string;
  readonly subject: string;
  readonly like: string;
  readonly sort: string;
};

type SlicesProps = {
  readonly run: string;
  /** How many there are, once that is known. */
  readonly total: number | undefined;
  readonly filter: SliceFilter;
  readonly onFilter: (changes: Partial<SliceFilter>) => void;
};

const meanings: Readonly<Record<TaskOutcome, Meaning>> = {
  ...({ ran: "good", cached: "good", "in-place": "good", failed: "bad" } as const),
  ...({ cancelled: "neutral", superseded: "neutral", "not-applicable": "neutral" } as const),
};

const columns: readonly Column<TaskStatus>[] = [
  {
    key: "slice",
    sort: "slice",
    title: "Slice",
    width: "minmax(16rem, 2fr)",
    cell: ({ slice }) => <SliceLink slice={slice} />,
  },
  {
    key: "state",
    title: "State",
    width: "10rem",
    cell: ({ outcome, state }) =>
      outcome === null ? (
        <StateBadge meaning="busy">{state}</StateBadge>
      ) : (
        <StateBadge meaning={meanings[outcome]}>{outcome}</StateBadge>
      ),
  },
  { key: "log", title: "Attempts", width: "7rem", cell: ({ id }) => <Link to={`?task=${id}`}>look</Link> },
  { key: "reason", title: "Why", width: "minmax(14rem, 3fr)", cell: ({ reason }) => reason },
  {
    key: "finished",
    sort: "ended",
    title: "Ended",
    width: "12rem",
    cell: ({ finishedAt }) => (finishedAt === null ? "–" : moment(finishedAt)),
  },
];

/** Slices of one page of the table; the server sends 1,000 at most. */
const pageSize = 200;

/** The slices of a run, by default in the order in which they were made. */
export const Slices = ({ run, total, filter: { outcome, subject, like, sort }, onFilter }: SlicesProps) => {
  const query = {
    ...{ run, limit: pageSize, sort: taskOrder.options.find((one) => one === sort) },
    ...{ outcome: taskOutcome.options.find((one) => one === outcome) },
    ...(subject === "" ? {} : { subject }),
    ...(like === "" ? {} : { like }),
  };
  const tasks = useList(schedulerRoutes.listTasks.path, query, (after) =>
    client.call(schedulerRoutes.listTasks, { query: { ...query, after } }),
  );
  const isWhole = outcome === "" && subject === "" && like === "";
  return (
    <section aria-labelledby="run-slices">
      <h2 id="run-slices">Slices</h2>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Outcome{" "}
          <select value={outcome} onChange={({ target }) => onFilter({ outcome: target.value })}>
            <option value="">all</option>
            {taskOutcome.options.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Subject <input value={subject} onChange={({ target }) => onFilter({ subject: target.value.trim() })} />
        </label>
        {like !== "" && (
          <button type="button" className="quiet" onClick={() => onFilter({ like: "" })}>
            Of one cause ✕
          </button>
        )}
      </form>
      <Answer asked={tasks}>
        {() => (
          <DataTable
            label="Slices"
            columns={columns}
            items={tasks.items}
            keyOf={({ id }) => id}
            total={isWhole ? total : undefined}
            onMore={moreOf(tasks)}
            isReading={tasks.isFetchingNextPage}
            empty="No slice is like this."
            order={sort}
            onOrder={(order) => onFilter({ sort: order })}
          />
        )}
      </Answer>
    </section>
  );
};
