import { routerRoutes } from "@rollerblade/client";
import { lazy, Suspense } from "react";
import { useParams } from "react-router";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { moment, plural } from "../../parts/format.ts";
import { StateBadge } from "../../parts/state-badge.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { Waiting } from "../../parts/waiting.tsx";
import { ExplainSubject } from "./explain-subject.tsx";
import { RuleTable } from "./rule-table.tsx";
import { useVersions, Versions } from "./versions.tsx";

// Each of these brings a library that the rest of the page does not need.
const Graph = lazy(() => import("./graph.tsx"));
const Editor = lazy(() => import("./editor.tsx"));

/** What somebody begins with who writes a new document. */
const blank = `datasets: ["*"]
rules:
  # - name: mask
  #   on: {scan: {suffix: T1w}}
  #   run: {analysis: brain-mask, version: ^1}
tags: []
`;

/** Milliseconds between two looks at a document that is at work: what it has still to look at is no event. */
const unsettledMs = 2_000;

const defaults = { new: "", revision: "" } as const;

/** One pipeline document: what it has come to, its analyses as a graph, its text with a plan before it is applied, and why it did what. */
const Pipeline = () => {
  const { name = "" } = useParams();
  usePageTitle(`Pipeline ${name}`);
  const [{ new: isNew }, change] = useAddressState(defaults);
  if (isNew === "yes")
    return (
      <>
        <h1>New pipeline {name}</h1>
        <Suspense fallback={<Waiting problem={null} />}>
          <Editor name={name} source={blank} onApplied={() => change({ new: "" })} />
        </Suspense>
      </>
    );
  return <InForce name={name} />;
};

const InForce = ({ name }: { readonly name: string }) => {
  const asked = useRoute(routerRoutes.showPipeline, { params: { name } });
  const status = useRoute(
    routerRoutes.showPipelineStatus,
    { params: { name } },
    { againMs: ({ settled }) => (settled ? false : unsettledMs) },
  );
  const versions = useVersions(name);
  const [{ revision: wanted }, change] = useAddressState(defaults);
  const earlier = versions.items.find(({ revision }) => String(revision) === wanted);
  return (
    <Answer asked={asked} isPage>
      {(document) => (
        <>
          <h1>Pipeline {name}</h1>
          <p className="faint">
            of {document.owner}, for {document.datasets.join(", ")}, revision {document.revision}, applied{" "}
            {moment(document.appliedAt)}
          </p>
          {document.refusal !== "" && <p className="note note-error">✕ A newer one was refused: {document.refusal}</p>}
          <Answer asked={status}>
            {({ settled, dirty, openBatches, rules, unusable }) => (
              <>
                <p>
                  {unusable === "" ? (
                    <StateBadge meaning={settled ? "good" : "busy"}>
                      {settled
                        ? "nothing is left to be done"
                        : `at work, ${plural(dirty + openBatches, "place")} to look at`}
                    </StateBadge>
                  ) : (
                    <StateBadge meaning="bad">{unusable}</StateBadge>
                  )}
                </p>
                <Suspense fallback={<Waiting problem={null} />}>
                  <Graph rules={document.rules} counts={rules} />
                </Suspense>
                <RuleTable name={name} rules={document.rules} counts={rules} />
              </>
            )}
          </Answer>
          <ExplainSubject document={name} />
          <section aria-labelledby="pipeline-text">
            <h2 id="pipeline-text">The document</h2>
            {earlier !== undefined && earlier.revision !== document.revision && (
              <p className="note note-warning">
                ◔ This is the text of revision {earlier.revision}; revision {document.revision} is in force. Plan it to
                see what would change, and apply it to return to it.{" "}
                <button type="button" className="quiet" onClick={() => change({ revision: "" })}>
                  Show the one in force
                </button>
              </p>
            )}
            <Suspense fallback={<Waiting problem={null} />}>
              <Editor
                key={`${document.application} ${earlier?.revision ?? ""}`}
                name={name}
                source={earlier?.source ?? document.source}
                onApplied={() => change({ revision: "" })}
              />
            </Suspense>
            <Versions versions={versions} current={document.revision} onOpen={(revision) => change({ revision })} />
          </section>
        </>
      )}
    </Answer>
  );
};

export default Pipeline;
