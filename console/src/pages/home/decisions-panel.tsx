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
export const DecisionsPanel = () => (
  <section className="panel" aria-labelledby="home-decisions">
    <h2 id="home-decisions">Waits for you</h2>
    {needing.map((progress) => (
      <Decisions key={progress} progress={progress} />
    ))}
  </section>
);

const Decisions = ({ progress }: { readonly progress: (typeof needing)[number] }) => {
  const decisions = useRoute(routerRoutes.listDecisions, { query: { progress, limit: maxShown } });
  return (
    <Answer asked={decisions}>
      {({ items, next }) => (
        <>
          <h3>
            <StateBadge meaning={progress === "failed" ? "bad" : "waiting"}>{progress}</StateBadge>
          </h3>
          {items.length === 0 ? (
            <p className="faint">Nothing.</p>
          ) : (
            <ul className="rows">
              {items.map((decision) => (
                <Decision key={decision.id} decision={decision} />
              ))}
            </ul>
          )}
          {next !== null && <p className="faint">… and more.</p>}
        </>
      )}
    </Answer>
  );
};

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
