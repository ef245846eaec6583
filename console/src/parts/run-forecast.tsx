import type { RunPlan } from "@rollerblade/client";
import { Bars } from "./bars.tsx";
import { count, plural } from "./format.ts";

/** What a run would do, in slices. */
const parts = [
  { key: "run", title: "would be computed" },
  { key: "shared", title: "share the work of another" },
  { key: "cached", title: "are copied from where they are" },
  { key: "inPlace", title: "are in place" },
  { key: "failed", title: "miss an input, or have two for one" },
  { key: "refused", title: "you may not run" },
  { key: "notApplicable", title: "have no raw file for an input" },
] as const;

/** Shows what would be done before it is. */
export const RunForecast = ({ plan }: { readonly plan: RunPlan & { readonly notices: readonly string[] } }) => (
  <>
    <p>
      {plan.analysis} {plan.version}: {plural(plan.total, "slice")}
      {plan.leftOut > 0 ? `; ${plural(plan.leftOut, "scan")} that no input could be are left out` : ""}
    </p>
    <Bars
      caption="What would become of them"
      bars={parts.filter(({ key }) => plan[key] > 0).map(({ key, title }) => ({ label: title, value: plan[key] }))}
    />
    {plan.reasons.length > 0 && (
      <ul className="rows">
        {plan.reasons.map(({ reason, count: times }) => (
          <li key={reason}>
            {reason} ({count(times)})
          </li>
        ))}
      </ul>
    )}
    {plan.notices.map((notice) => (
      <p key={notice} className="note note-warning">
        ◔ {notice}
      </p>
    ))}
  </>
);
