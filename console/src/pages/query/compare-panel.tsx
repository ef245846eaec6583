import { catalogRoutes, type DiffItem } from "@rollerblade/client";
import type { FormEvent } from "react";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { count } from "../../parts/format.ts";
import { type Meaning, StateBadge } from "../../parts/state-badge.tsx";
import { valueText } from "../../parts/value-text.ts";

type ComparePanelProps = {
  readonly from: string;
  readonly to: string;
  readonly onChange: (changes: { readonly from: string; readonly to: string }) => void;
};

/** Which slices came, went or changed from one query or pin to another, and why. */
export const ComparePanel = ({ from, to, onChange }: ComparePanelProps) => {
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onChange({ from: String(form.get("from")), to: String(form.get("to")) });
  };
  return (
    <section className="panel" aria-labelledby="query-compare">
      <h2 id="query-compare">Compare</h2>
      <form className="stack" onSubmit={submit}>
        <label>
          From (a condition, NAME or NAME@PIN)
          <input name="from" defaultValue={from} required />
        </label>
        <label>
          To
          <input name="to" defaultValue={to} required />
        </label>
        <button type="submit">Compare</button>
      </form>
      {from !== "" && to !== "" && <Difference from={from} to={to} />}
    </section>
  );
};

const meanings: Readonly<Record<DiffItem["what"], Meaning>> = { came: "good", went: "bad", changed: "waiting" };

const Difference = ({ from, to }: { readonly from: string; readonly to: string }) => {
  const asked = useRoute(catalogRoutes.diffQueries, { body: { from, to } });
  return (
    <Answer asked={asked}>
      {({ items, came, went, changed, next }) => (
        <>
          <p role="status">
            {count(came)} came, {count(went)} went, {count(changed)} changed.
          </p>
          <ul className="rows">
            {items.map((item) => (
              <li key={JSON.stringify(item.slice)}>
                <StateBadge meaning={meanings[item.what]}>{item.what}</StateBadge>{" "}
                {[item.slice.dataset, item.slice.subject, item.slice.session, item.slice.scan]
                  .filter((part) => part !== null)
                  .join(" / ")}
                <br />
                <span className="faint">{item.reasons.map(reasonText).join("; ")}</span>
              </li>
            ))}
          </ul>
          {next !== null && <p className="faint">… and more.</p>}
        </>
      )}
    </Answer>
  );
};

const reasonText = ({ why, field, from, to }: DiffItem["reasons"][number]): string =>
  field === null ? why : `${field}: ${valueText(from)} → ${valueText(to)}`;
