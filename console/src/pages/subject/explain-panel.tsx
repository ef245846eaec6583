import { type Explanation, routerRoutes } from "@rollerblade/client";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { useList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { moment } from "../../parts/format.ts";
import { MoreButton } from "../../parts/more-button.tsx";
import { type Meaning, StateBadge } from "../../parts/state-badge.tsx";

type ExplainPanelProps = { readonly dataset: string; readonly subject: string; readonly session: string };

/** Why each rule of the pipeline did or did not run here. */
export const ExplainPanel = ({ dataset, subject, session }: ExplainPanelProps) => {
  const query = { dataset, subject, ...(session !== "" && { session }) };
  const rules = useList(routerRoutes.explain.path, query, (after) =>
    client.call(routerRoutes.explain, { query: { ...query, after } }),
  );
  return (
    <section className="panel" aria-labelledby="subject-why">
      <h2 id="subject-why">Why did this (not) run here?</h2>
      <Answer asked={rules}>
        {() => (
          <>
            {rules.items.length === 0 && <p>No pipeline document that you may read speaks of this dataset.</p>}
            <ul className="rows">
              {rules.items.map((one) => (
                <li key={`${one.document} ${one.rule} ${one.slice?.session ?? ""} ${one.slice?.scan ?? ""}`}>
                  <StateBadge meaning={meaningOf(one)}>{one.progress ?? "not concerned"}</StateBadge>{" "}
                  <strong>
                    {one.document}: {one.rule}
                  </strong>{" "}
                  <span className="faint">
                    {one.analysis} {one.version}
                    {one.slice?.session == null ? "" : `, ses-${one.slice.session}`}
                  </span>
                  <br />
                  {one.reason}
                  {one.since === null ? "" : `, since ${moment(one.since)}`}
                  {one.run !== null && (
                    <>
                      {" "}
                      (<Link to={`/runs/${one.run}`}>run</Link>)
                    </>
                  )}
                </li>
              ))}
            </ul>
            <MoreButton list={rules}>More rules</MoreButton>
          </>
        )}
      </Answer>
    </section>
  );
};

const meaningOf = ({ progress }: Explanation): Meaning => {
  if (progress === "succeeded") return "good";
  if (progress === "failed") return "bad";
  if (progress === "pending") return "busy";
  return progress === null || progress === "not-called" || progress === "not-applicable" ? "neutral" : "waiting";
};
