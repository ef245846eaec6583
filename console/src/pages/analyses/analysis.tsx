import { type AnalysisVersion, schedulerRoutes } from "@rollerblade/client";
import { Link, useParams } from "react-router";
import { client } from "../../api/client.ts";
import { useRoute, useWholeList } from "../../api/use-route.ts";
import { analysisAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import { FieldList } from "../../parts/field-list.tsx";
import { moment } from "../../parts/format.ts";
import { RunCounts } from "../../parts/run-counts.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { WhoPanel } from "../../parts/who-panel.tsx";
import { OrderPanel } from "./order-panel.tsx";

const defaults = { version: "*" };

/** Runs of an analysis that are looked at here. */
const maxRuns = 20;

/** One version of an analysis: its manifest, a form of its parameters, its runs, who may run it, and what builds on it. */
const Analysis = () => {
  const { analysis: name = "" } = useParams();
  usePageTitle(name);
  const [{ version }] = useAddressState(defaults);
  const asked = useRoute(schedulerRoutes.showAnalysis, { params: { name }, query: { version } });
  return (
    <Answer asked={asked} isPage>
      {(analysis) => (
        <section>
          <h1>
            {name} {analysis.version}
          </h1>
          <p>{analysis.description}</p>
          <p className="faint">
            Once a {analysis.level}, of {analysis.owner}, {moment(analysis.createdAt)}, <code>{analysis.code}</code>
          </p>
          <Versions name={name} current={analysis.version} />
          <div className="panels wide">
            <OrderPanel key={analysis.version} analysis={analysis} />
            <section className="panel" aria-labelledby="analysis-manifest">
              <h2 id="analysis-manifest">Manifest</h2>
              <FieldList values={analysis.manifest} />
            </section>
            <Runs name={name} />
            <BuildsOn name={name} />
            <WhoPanel resource={{ kind: "analysis", name }} isAdmin={false} />
          </div>
        </section>
      )}
    </Answer>
  );
};

const Versions = ({ name, current }: { readonly name: string; readonly current: string }) => {
  const asked = useRoute(schedulerRoutes.listAnalyses, { query: { name, limit: 100 } });
  return (
    <nav aria-label="Versions" className="tabs">
      <ul>
        {asked.data?.items.map(({ version }) => (
          <li key={version}>
            <Link
              to={`${analysisAddress(name)}?version=${version}`}
              aria-current={version === current ? "page" : undefined}
            >
              {version}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
};

const Runs = ({ name }: { readonly name: string }) => {
  const asked = useRoute(schedulerRoutes.listRuns, { query: { analysis: name, limit: maxRuns } });
  return (
    <section className="panel" aria-labelledby="analysis-runs">
      <h2 id="analysis-runs">Runs</h2>
      <Answer asked={asked}>
        {({ items }) => (
          <ul className="rows">
            {items.length === 0 && <li>None yet.</li>}
            {items.map((run) => (
              <li key={run.id}>
                <Link to={`/runs/${run.id}`}>
                  {run.version}, {moment(run.createdAt)}
                </Link>
                <RunCounts counts={run.counts} />
              </li>
            ))}
          </ul>
        )}
      </Answer>
    </section>
  );
};

/** Analyses that take what this one makes; a manifest names it in its inputs. */
const BuildsOn = ({ name }: { readonly name: string }) => {
  const asked = useWholeList(schedulerRoutes.listAnalyses.path, {}, (after) =>
    client.call(schedulerRoutes.listAnalyses, { query: { limit: 1_000, after } }),
  );
  return (
    <section className="panel" aria-labelledby="analysis-builds">
      <h2 id="analysis-builds">What builds on it</h2>
      <Answer asked={asked}>
        {({ items }) => {
          const users = [...new Set(items.filter((one) => takes(one, name)).map((one) => one.name))];
          return users.length === 0 ? (
            <p>Nothing that you may use.</p>
          ) : (
            <ul className="rows">
              {users.map((user) => (
                <li key={user}>
                  <Link to={analysisAddress(user)}>{user}</Link>
                </li>
              ))}
            </ul>
          );
        }}
      </Answer>
    </section>
  );
};

const takes = ({ manifest }: AnalysisVersion, name: string): boolean => {
  const { inputs } = manifest;
  return (
    typeof inputs === "object" &&
    inputs !== null &&
    Object.values(inputs).some(
      (input) => typeof input === "object" && input !== null && "analysis" in input && input.analysis === name,
    )
  );
};

export default Analysis;
