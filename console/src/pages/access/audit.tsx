import { type AuditEntry, accountsRoutes } from "@rollerblade/client";
import { client } from "../../api/client.ts";
import { moreOf, useList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { moment } from "../../parts/format.ts";
import { StateBadge } from "../../parts/state-badge.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";

const meanings = { allowed: "good", refused: "bad", failed: "bad", requested: "neutral" } as const;

const columns: readonly Column<AuditEntry>[] = [
  { key: "time", title: "When", width: "12rem", cell: ({ time }) => moment(time) },
  { key: "actor", title: "Who", cell: ({ actor }) => actor },
  { key: "action", title: "What", width: "minmax(10rem, 1fr)", cell: ({ action }) => action },
  { key: "subject", title: "On what", width: "minmax(12rem, 2fr)", cell: ({ subject }) => subject },
  {
    key: "outcome",
    title: "How it ended",
    cell: ({ outcome }) => <StateBadge meaning={meanings[outcome]}>{outcome}</StateBadge>,
  },
  { key: "address", title: "From", cell: ({ address }) => address ?? "–" },
];

const kinds = ["dataset", "analysis", "query", "pipeline"] as const;
const defaults = { auditKind: "", auditName: "", actor: "" } as const;

/** Who did what: of one thing for its admins, of everything for administrators. */
export const Audit = () => {
  const [{ auditKind, auditName, actor }, change] = useAddressState(defaults);
  const kind = kinds.find((one) => one === auditKind);
  const query = {
    ...(kind === undefined || auditName === "" ? {} : { kind, resource: auditName }),
    ...(actor === "" ? {} : { actor }),
  };
  const lines = useList(accountsRoutes.listAudit.path, query, (after) =>
    client.call(accountsRoutes.listAudit, { query: { ...query, after } }),
  );
  return (
    <section aria-labelledby="access-audit">
      <h2 id="access-audit">Audit</h2>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Kind{" "}
          <select value={auditKind} onChange={({ target }) => change({ auditKind: target.value })}>
            <option value="">everything</option>
            {kinds.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Name <input value={auditName} onChange={({ target }) => change({ auditName: target.value.trim() })} />
        </label>
        <label>
          By <input value={actor} onChange={({ target }) => change({ actor: target.value.trim() })} />
        </label>
      </form>
      <Answer asked={lines}>
        {() => (
          <DataTable
            label="Audit"
            columns={columns}
            items={lines.items}
            keyOf={({ id }) => id}
            onMore={moreOf(lines)}
            isReading={lines.isFetchingNextPage}
            empty="Nothing is noted."
          />
        )}
      </Answer>
    </section>
  );
};
