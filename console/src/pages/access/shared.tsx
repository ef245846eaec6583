import { accountsRoutes, type Grant, type OwnedResource } from "@rollerblade/client";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { useChange, useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { moment } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";

const defaults = { kind: "", name: "" } as const;
const kinds = ["dataset", "analysis", "query", "pipeline"] as const;
const roles = ["viewer", "runner", "contributor", "admin"] as const;
const changes = ["/v1/grants", "/v1/access"] as const;

/** What one may use, and of what one is admin, to whom it is granted. */
export const Shared = () => {
  const [{ kind, name }, change] = useAddressState(defaults);
  const asked = useWholeList(accountsRoutes.listResources.path, {}, (after) =>
    client.call(accountsRoutes.listResources, { query: { limit: 1_000, after } }),
  );
  const chosen = kinds.find((one) => one === kind);
  return (
    <div className="panels">
      <section className="panel" aria-labelledby="access-mine">
        <h2 id="access-mine">What you may use</h2>
        <Answer asked={asked}>
          {({ items }) =>
            items.length === 0 ? (
              <p>Nothing is yours, and nothing is shared with you.</p>
            ) : (
              <ul className="rows">
                {items.map((one) => (
                  <li key={one.id}>
                    {one.kind}{" "}
                    <button type="button" className="quiet" onClick={() => change({ kind: one.kind, name: one.name })}>
                      {one.name}
                    </button>{" "}
                    <span className="faint">{one.role === "owner" ? "yours" : `${one.role}, of ${one.owner}`}</span>
                  </li>
                ))}
              </ul>
            )
          }
        </Answer>
      </section>
      {chosen !== undefined && name !== "" && <Grants key={`${chosen} ${name}`} kind={chosen} name={name} />}
    </div>
  );
};

type Chosen = Pick<OwnedResource, "kind" | "name">;

const Grants = ({ kind, name }: Chosen) => {
  const asked = useWholeList(accountsRoutes.listGrants.path, { kind, resource: name }, (after) =>
    client.call(accountsRoutes.listGrants, { query: { kind, resource: name, limit: 1_000, after } }),
  );
  return (
    <section className="panel" aria-labelledby="access-grants">
      <h2 id="access-grants">
        Who may use the {kind} {name}
      </h2>
      <Answer asked={asked}>
        {({ items }) => (
          <>
            {items.length === 0 ? (
              <p>Its owner alone.</p>
            ) : (
              <ul className="rows">
                {items.map((grant) => (
                  <OneGrant key={grant.grantee} grant={grant} />
                ))}
              </ul>
            )}
            <GiveGrant kind={kind} name={name} />
          </>
        )}
      </Answer>
    </section>
  );
};

const OneGrant = ({
  grant: { kind, name, grantee, role, grantedBy, createdAt, expiresAt, reason },
}: {
  readonly grant: Grant;
}) => {
  const revoke = useChange(accountsRoutes.revokeGrant, changes);
  return (
    <li>
      <strong>{grantee}</strong>: {role}{" "}
      <span className="faint">
        by {grantedBy}, {moment(createdAt)}
        {expiresAt === null ? "" : `, until ${moment(expiresAt)}`}
        {reason === "" ? "" : `: ${reason}`}
      </span>{" "}
      <ConfirmButton
        title="Revoke"
        question={`${grantee} will not be ${role} of ${name} any more.`}
        isDisabled={revoke.isPending}
        onConfirm={() => revoke.mutate({ params: { kind, resource: name, grantee } })}
      />
      {revoke.error !== null && <ProblemNote problem={revoke.error} />}
    </li>
  );
};

const GiveGrant = ({ kind, name }: Chosen) => {
  const [grantee, setGrantee] = useState("");
  const [role, setRole] = useState<(typeof roles)[number]>("viewer");
  const [days, setDays] = useState("");
  const [reason, setReason] = useState("");
  const give = useChange(accountsRoutes.giveGrant, changes);
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
        const expiresAt = days === "" ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
        give.mutate({ params: { kind, resource: name, grantee }, body: { role, expiresAt, reason } });
      }}
    >
      <h3>Share it</h3>
      <label>
        With{" "}
        <input
          required
          value={grantee}
          placeholder="a user, group:NAME, everyone"
          onChange={({ target }) => setGrantee(target.value.trim())}
        />
      </label>
      <label>
        As{" "}
        <select value={role} onChange={({ target }) => setRole(roles.find((one) => one === target.value) ?? "viewer")}>
          {roles.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label>
        For days{" "}
        <input type="number" min={1} max={3_650} value={days} onChange={({ target }) => setDays(target.value)} />
      </label>
      <label>
        Why <input value={reason} maxLength={500} onChange={({ target }) => setReason(target.value)} />
      </label>
      <button type="submit" disabled={give.isPending}>
        Share
      </button>
      {give.error !== null && <ProblemNote problem={give.error} />}
    </form>
  );
};
