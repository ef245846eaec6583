import { catalogRoutes } from "@rollerblade/client";
import { Link, useParams } from "react-router";
import { useRoute } from "../../api/use-route.ts";
import { datasetAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import { FieldList } from "../../parts/field-list.tsx";
import { plural } from "../../parts/format.ts";
import { NotFound } from "../../parts/not-found.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { usePageTitle } from "../../parts/use-page-title.ts";
import { DerivativesPanel } from "./derivatives-panel.tsx";
import { ExplainPanel } from "./explain-panel.tsx";
import { ScanPanel } from "./scan-panel.tsx";
import { ScansPanel } from "./scans-panel.tsx";
import { SessionLine } from "./session-line.tsx";

const defaults = { session: "", scan: "", overlays: "" };

/** Scans of a subject that are read at once; few subjects have a tenth of that. */
const maxScans = 1_000;

/** One person of a dataset: sessions on a line of time, scans, what was made of them, and why it was or was not. */
const Subject = () => {
  const { dataset = "", subject = "" } = useParams();
  usePageTitle(`sub-${subject} of ${dataset}`);
  const [{ session, scan, overlays }, change] = useAddressState(defaults);
  const asked = useRoute(catalogRoutes.listScans, { query: { dataset, subject, limit: maxScans } });
  return (
    <Answer asked={asked} isPage>
      {({ items }) => {
        const [first] = items;
        if (first === undefined) return <NotFound />;
        const shown = items.filter((one) => session === "" || one.session === session);
        const open = items.find(({ path }) => path === scan);
        return (
          <>
            <h1>
              sub-{subject} <span className="faint">of</span> <Link to={datasetAddress(dataset)}>{dataset}</Link>
            </h1>
            <SessionLine scans={items} session={session} onChoose={(label) => change({ session: label, scan: "" })} />
            {open !== undefined && (
              <ScanPanel
                scan={open}
                overlays={overlays.split(",").filter((id) => id !== "")}
                onOverlays={(ids) => change({ overlays: ids.join(",") })}
                onClose={() => change({ scan: "", overlays: "" })}
              />
            )}
            <div className="panels wide">
              <ScansPanel
                title={plural(shown.length, "scan")}
                scans={shown}
                open={scan}
                onOpen={(path) => change({ scan: path, overlays: "" })}
              />
              <section className="panel" aria-labelledby="subject-attributes">
                <h2 id="subject-attributes">What is known of the person</h2>
                <FieldList values={first.subjectAttributes} />
              </section>
              <DerivativesPanel dataset={dataset} subject={subject} session={session} />
              <ExplainPanel dataset={dataset} subject={subject} session={session} />
            </div>
          </>
        );
      }}
    </Answer>
  );
};

export default Subject;
