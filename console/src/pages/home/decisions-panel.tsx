import { type DecisionStatus, routerRoutes } from "@rollerblade/client";
import { Link } from "react-router";
import { useRoute } from "../../api/use-route.ts";
import { subjectAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";

/** States that do not pass by themselves: somebody has to do something. */
const needing = ["failed", "ambiguous", "stuck"] as const;

/** Decisions of one state that are shown. */
const maxShown = 5;

/** What waits for somebody, with the reason of each. */
export const DecisionsPanel = () => {
  const [failed, ambiguous, stuck] = [useDecisions("failed"), useDecisions("ambiguous"), useDecisions("stuck")];
  const states = [failed, ambiguous, stuck];
  const isClear = states.every(({ data }) => data?.items.length === 0);
  return (
    <section className="panel" aria-labelledby="home-decisions">
      <h2 id="home-decisions">Waits for you</h2>
      {isClear ? (
        <p>✓ Nothing: no rule of a pipeline has failed, is stuck, or has two inputs for one.</p>
      ) : (
        needing.map((progress, at) => <Decisions key={progress} progress={progress} asked={states[at] ?? failed} />)
      )}
    </section>
  );
};

const useDecisions = (progress: (typeof needing)[number]) =>
  useRoute(routerRoutes.listDecisions, { query: { progress, limit: maxShown } });

type DecisionsProps = {
  readonly progress: (typeof needing)[number];
  readonly asked: ReturnType<typeof useDecisions>;
};

const Decisions = ({ progress, asked }: DecisionsProps) => (
  <Answer asked={asked}>
    {({ items, next }) =>
      items.length > 0 && (
        <>
          <h3>
            <StateBadge meaning={progress === "failed" ? "bad" : "waiting"}>{progress}</StateBadge>
          </h3>
          <ul className="rows">
            {items.map((decision) => (
              <Decision key={decision.id} decision={decision} />
            ))}
          </ul>
          {next !== null && <p className="faint">… and more.</p>}
        </>
      )
    }
  </Answer>
);

const Decision = ({ decision: { document, rule, slice, reason } }: { readonly decision: DecisionStatus }) => (
  <li>
    {slice.subject === null ? (
      <Link to={`/datasets/${slice.dataset}`}>{slice.dataset}</Link>
    ) : (
      <Link to={subjectAddress(slice.dataset, slice.subject, slice.session)}>
        {[slice.dataset, slice.subject, slice.session].filter((part) => part !== null).join(" / ")}
      </Link>
    )}{" "}
    <span className="faint">
      {document}: {rule}
    </span>
    <br />
    {reason}
  </li>
);
