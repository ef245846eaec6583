import { findingsRoutes, type ImportStatus, ingestRoutes } from "@rollerblade/client";
import { client } from "../../api/client.ts";
import { useList } from "../../api/use-route.ts";
import { ImportPanel } from "../../importing/import-panel.tsx";
import { Answer } from "../../parts/answer.tsx";
import { count, moment, plural } from "../../parts/format.ts";
import { MoreButton } from "../../parts/more-button.tsx";
import { type Meaning, StateBadge } from "../../parts/state-badge.tsx";

/** How a dataset came here: its imports, the newest first, with what each of them changed, found and fixed. */
export const ImportsTab = ({ dataset }: { readonly dataset: string }) => {
  const imports = useList(ingestRoutes.listImports.path, { dataset }, (after) =>
    client.call(ingestRoutes.listImports, { query: { dataset, after } }),
  );
  const history = useList(findingsRoutes.listFindingHistory.path, { dataset }, (after) =>
    client.call(findingsRoutes.listFindingHistory, { params: { dataset }, query: { after } }),
  );
  const findings = new Map(history.items.map((one) => [one.import, one]));
  return (
    <Answer asked={imports}>
      {() => (
        <>
          <ImportPanel dataset={dataset} />
          <ol className="rows" aria-label="Imports">
            {imports.items.map((one) => (
              <li key={one.id}>
                <StateBadge meaning={meaningOf(one)}>{one.state}</StateBadge> {moment(one.createdAt)}, by {one.uploader}{" "}
                ({one.mode}
                {one.location === null ? "" : ` in place, ${one.location}`})
                <br />
                <span className="faint">
                  {changesText(one)}
                  {findingsText(findings.get(one.id))}
                </span>
                {one.findings.length > 0 && (
                  <ul>
                    {one.findings.slice(0, 20).map(({ where, message }) => (
                      <li key={`${where} ${message}`}>
                        <code>{where}</code>: {message}
                      </li>
                    ))}
                  </ul>
                )}
              </li>
            ))}
          </ol>
          {imports.items.length === 0 && <p>Nothing was imported yet that you may see.</p>}
          <MoreButton list={imports}>Earlier ones</MoreButton>
        </>
      )}
    </Answer>
  );
};

const meaningOf = ({ state }: ImportStatus): Meaning => {
  if (state === "committed") return "good";
  if (state === "refused" || state === "expired") return "bad";
  return ["aborted", "superseded", "planned"].includes(state) ? "neutral" : "busy";
};

const changesText = ({ summary, publish, trouble }: ImportStatus): string => {
  if (trouble !== null) return trouble;
  if (summary === null) return publish.of > 0 ? `${count(publish.done)} of ${plural(publish.of, "file")}` : "";
  const { added, changed, removed, unchanged } = summary.scans;
  return `${plural(added, "scan")} added, ${count(changed)} changed, ${count(removed)} removed, ${count(unchanged)} as they were; ${plural(summary.files.added, "file")} added`;
};

const findingsText = (found: { readonly found: number; readonly fixed: number } | undefined): string =>
  found === undefined ? "" : `; it brought ${plural(found.found, "finding")} and fixed ${count(found.fixed)}`;
