import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "react-router";
import { invalidate } from "../api/use-route.ts";
import { datasetAddress } from "../parts/addresses.ts";
import { bytes, count, plural } from "../parts/format.ts";
import { ProblemNote } from "../parts/problem-note.tsx";
import { StateBadge } from "../parts/state-badge.tsx";
import { dismissImport, startImport, stopImport, type TabImport, useTabImports } from "./imports-of-tab.ts";

/** The imports that this tab has begun, on every page, until one has read how each has ended. */
export const RunningImports = () => {
  const imports = useTabImports();
  const queries = useQueryClient();
  const ended = [...imports.values()].filter(({ state }) => state === "ended").length;
  useEffect(() => {
    if (ended > 0) void invalidate(queries, ["/v1/imports", "/v1/datasets"]);
  }, [ended, queries]);
  if (imports.size === 0) return null;
  return (
    <section className="imports" aria-label="Imports of this tab">
      <ul className="rows">
        {[...imports.values()].map((one) => (
          <li key={one.dataset}>
            <OneImport one={one} />
          </li>
        ))}
      </ul>
    </section>
  );
};

const OneImport = ({ one }: { readonly one: TabImport }) => {
  const { dataset, state, source, status, problem, progress } = one;
  if (state === "running")
    return (
      <div className="actions">
        <StateBadge meaning="busy">importing</StateBadge> <strong>{dataset}</strong>
        <Bar dataset={dataset} progress={progress} />
        <span>{progressText(progress)}</span>
        <button type="button" className="quiet" onClick={() => stopImport(dataset)}>
          Stop the import
        </button>
      </div>
    );
  return (
    <>
      <div className="actions">
        <StateBadge meaning={status?.state === "committed" ? "good" : "bad"}>
          {status?.state === "committed" ? "imported" : (status?.state ?? "not imported")}
        </StateBadge>{" "}
        {status?.state === "committed" ? (
          <>
            <Link to={datasetAddress(dataset)}>{dataset}</Link>
            <span>{outcomeText(status)}</span>
            {status.findings.length > 0 && (
              <Link to={`${datasetAddress(dataset)}?tab=findings`}>
                {plural(status.findings.length, "finding")} to look at
              </Link>
            )}
          </>
        ) : (
          <>
            <strong>{dataset}</strong>
            <button type="button" onClick={() => startImport(dataset, source)}>
              Go on
            </button>
          </>
        )}
        <button type="button" className="quiet" onClick={() => dismissImport(dataset)}>
          Dismiss
        </button>
      </div>
      {problem !== null && <ProblemNote problem={problem} />}
      {status !== null && status.state !== "committed" && status.findings.length > 0 && (
        <ul>
          {status.findings.slice(0, 20).map(({ where, message }) => (
            <li key={`${where} ${message}`}>
              <code>{where}</code>: {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
};

const Bar = ({ dataset, progress: { done, of } }: Pick<TabImport, "dataset" | "progress">) =>
  of > 0 ? (
    <progress aria-label={`Import of ${dataset}`} max={of} value={Math.min(done, of)} />
  ) : (
    <progress aria-label={`Import of ${dataset}`} />
  );

const progressText = ({ phase, done, of, trouble }: TabImport["progress"]): string => {
  if (trouble !== "") return trouble;
  if (phase === "list") return done > 0 ? `looking at ${plural(done, "file")}` : "looking at its files";
  if (phase === "send") return `${bytes(Math.round(done))} of ${bytes(of)}`;
  return of === 0 ? "the server checks it" : `${count(done)} of ${plural(of, "file")} in place`;
};

const outcomeText = ({ summary }: NonNullable<TabImport["status"]>): string => {
  if (summary === null) return "";
  const { added, changed } = summary.scans;
  return `${plural(added, "scan")} added, ${count(changed)} changed; ${plural(summary.files.added, "file")} added`;
};
