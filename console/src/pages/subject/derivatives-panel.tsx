import { catalogRoutes, type DerivativeSummary } from "@rollerblade/client";
import { Link } from "react-router";
import { client } from "../../api/client.ts";
import { useList } from "../../api/use-route.ts";
import { analysisAddress } from "../../parts/addresses.ts";
import { Answer } from "../../parts/answer.tsx";
import { DownloadLink } from "../../parts/download-link.tsx";
import { bytes, moment } from "../../parts/format.ts";
import { MoreButton } from "../../parts/more-button.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";

type DerivativesPanelProps = { readonly dataset: string; readonly subject: string; readonly session: string };

/** What analyses have made of a subject, by analysis and version, and whether it is still made from what is there. */
export const DerivativesPanel = ({ dataset, subject, session }: DerivativesPanelProps) => {
  const place = { dataset, subject, ...(session !== "" && { session }) };
  const derivatives = useList(catalogRoutes.listDerivatives.path, place, (after) =>
    client.call(catalogRoutes.listDerivatives, { query: { ...place, after } }),
  );
  const byAnalysis = Map.groupBy(derivatives.items, ({ analysis, version }) => `${analysis} ${version}`);
  return (
    <section className="panel" aria-labelledby="subject-derivatives">
      <h2 id="subject-derivatives">Derivatives</h2>
      <Answer asked={derivatives}>
        {() => (
          <>
            {byAnalysis.size === 0 && <p>Nothing was made of it yet.</p>}
            {[...byAnalysis].map(([title, items]) => (
              <Group key={title} title={title} items={items} />
            ))}
            <MoreButton list={derivatives} />
          </>
        )}
      </Answer>
    </section>
  );
};

const Group = ({ title, items }: { readonly title: string; readonly items: readonly DerivativeSummary[] }) => {
  const isOutdated = items.some(({ outdated }) => outdated);
  return (
    <>
      <h3>
        <Link to={analysisAddress(items[0]?.analysis ?? "")}>{title}</Link>{" "}
        <StateBadge meaning={isOutdated ? "waiting" : "good"}>{isOutdated ? "outdated" : "up to date"}</StateBadge>
      </h3>
      <ul className="rows">
        {items.map(({ id, dataset, path, size, createdAt, outdated }) => (
          <li key={id}>
            <DownloadLink dataset={dataset} path={path}>
              {path.split("/").at(-1)}
            </DownloadLink>{" "}
            <span className="faint">
              {bytes(size)}, {moment(createdAt)}
              {outdated ? ", made from what is no longer there like that" : ""}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
};
