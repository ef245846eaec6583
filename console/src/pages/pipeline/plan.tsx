import type { PipelinePlan, RulePlan } from "@rollerblade/client";
import { count } from "../../parts/format.ts";
import { ScrollBox } from "../../parts/scroll-box.tsx";
import { SliceLink } from "../../parts/slice-link.tsx";

const signs = { added: "+", removed: "−", changed: "~", same: "=" } as const;

const columns = [
  ["compute", "Computed"],
  ["cached", "Cached"],
  ["inPlace", "In place"],
  ["later", "Later"],
  ["ambiguous", "Ambiguous"],
  ["unknown", "Unknown"],
  ["stuck", "Stuck"],
  ["refused", "Refused"],
  ["failed", "Would fail"],
  ["end", "Ends"],
] as const;

/** What applying a document would do, against what is in force. */
export const Plan = ({ plan: { replaces, rules, tags, notices, datasets } }: { readonly plan: PipelinePlan }) => (
  <section aria-labelledby="pipeline-plan" className="panel">
    <h2 id="pipeline-plan">{replaces ? "What would change" : "What would begin"}</h2>
    <p className="faint">It speaks for {datasets.length === 0 ? "no dataset that there is" : datasets.join(", ")}.</p>
    {notices.map((notice) => (
      <p key={notice} className="note note-warning">
        ◔ {notice}
      </p>
    ))}
    <ScrollBox label="Plan of each rule">
      <table className="plain">
        <caption>Slices of each rule, by what would become of them</caption>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Difference</th>
            {columns.map(([key, title]) => (
              <th scope="col" key={key}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <tr key={rule.rule} className={`plan-${rule.change}`}>
              <th scope="row">
                <span aria-hidden="true">{signs[rule.change]}</span> {rule.rule}
              </th>
              <td>{differenceOf(rule)}</td>
              {columns.map(([key]) => (
                <td key={key} className="number">
                  {rule[key] === 0 ? "–" : count(rule[key])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
    {Object.entries(tags).map(([how, names]) =>
      names.length === 0 ? null : (
        <p key={how}>
          Tags {how}: {names.join(", ")}
        </p>
      ),
    )}
    <details>
      <summary>Some of the slices</summary>
      <ul className="rows">
        {rules.flatMap(({ rule, examples }) =>
          examples.map(({ slice, reason }) => (
            <li key={`${rule} ${JSON.stringify(slice)}`}>
              {rule}: <SliceLink slice={slice} />: {reason}
            </li>
          )),
        )}
      </ul>
    </details>
  </section>
);

const differenceOf = ({ change, changes, analysis, version }: RulePlan): string => {
  if (change === "same") return "as before";
  return changes.length > 0 ? changes.join("; ") : `${change}: ${analysis} ${version}`;
};
