import { type FindingGroup, findingsRoutes, type KeptFinding } from "@rollerblade/client";
import { client } from "../../api/client.ts";
import { useList, useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { count, moment, plural } from "../../parts/format.ts";
import { MoreButton } from "../../parts/more-button.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";

const defaults = { tab: "", severity: "", rule: "" };

/** What is wrong with a dataset: a row a rule, with what to do about it, and the places of the one that is open. */
export const FindingsTab = ({ dataset }: { readonly dataset: string }) => {
  const [{ severity, rule }, change] = useAddressState(defaults);
  const groups = useRoute(findingsRoutes.groupFindings, { params: { dataset } });
  return (
    <Answer asked={groups}>
      {({ items, complete }) => (
        <>
          {!complete && (
            <p className="note note-warning">
              ◔ Nobody has looked through all of this dataset since it changed: <code>rollerblade dataset import</code>{" "}
              makes all checks, and the import on this page those of names.
            </p>
          )}
          {items.length === 0 && <p>Nothing is known to be wrong with it.</p>}
          <ul className="rows findings">
            {items.map((group) => {
              const isOpen = group.rule === rule && group.severity === severity;
              return (
                <li key={`${group.severity} ${group.rule}`}>
                  <GroupHead
                    group={group}
                    isOpen={isOpen}
                    onToggle={() => change(isOpen ? { severity: "", rule: "" } : group)}
                  />
                  {isOpen && <Places dataset={dataset} group={group} />}
                </li>
              );
            })}
          </ul>
        </>
      )}
    </Answer>
  );
};

type GroupHeadProps = { readonly group: FindingGroup; readonly isOpen: boolean; readonly onToggle: () => void };

const GroupHead = ({ group: { severity, rule, count: found, advice, section }, isOpen, onToggle }: GroupHeadProps) => (
  <>
    <button type="button" className="quiet" aria-expanded={isOpen} onClick={onToggle}>
      <StateBadge meaning={severity === "error" ? "bad" : "waiting"}>{severity}</StateBadge> {rule} ({count(found)})
    </button>
    {advice !== "" && <p>{advice}</p>}
    {/^https:\/\//.test(section) && (
      <p>
        <a href={section} rel="noreferrer" target="_blank">
          What BIDS says
        </a>
      </p>
    )}
  </>
);

const Places = ({ dataset, group }: { readonly dataset: string; readonly group: FindingGroup }) => {
  const { severity, rule } = group;
  const places = useList(findingsRoutes.listFindings.path, { dataset, severity, rule }, (after) =>
    client.call(findingsRoutes.listFindings, { params: { dataset }, query: { severity, rule, after } }),
  );
  return (
    <Answer asked={places}>
      {() => (
        <>
          <ol className="places">
            {places.items.map((finding) => (
              <Place key={`${finding.file} ${finding.message}`} finding={finding} />
            ))}
          </ol>
          <MoreButton list={places}>Show more of {plural(group.count, "place")}</MoreButton>
        </>
      )}
    </Answer>
  );
};

const Place = ({ finding: { file, message, foundAt } }: { readonly finding: KeptFinding }) => (
  <li>
    <code>{file === "" ? "the dataset" : file}</code>: {message} <span className="faint">since {moment(foundAt)}</span>
  </li>
);
