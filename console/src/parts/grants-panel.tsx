import { accountsRoutes, type Grant, type GrantRole } from "@rollerblade/client";
import { type FormEvent, useId } from "react";
import { client } from "../api/client.ts";
import { useChange, useWholeList } from "../api/use-route.ts";
import { Answer } from "./answer.tsx";
import { moment } from "./format.ts";
import { ProblemNote } from "./problem-note.tsx";

/** Something that can be shared. */
export type SharedResource = { readonly kind: "dataset" | "analysis" | "query" | "pipeline"; readonly name: string };

const roles: readonly { readonly role: GrantRole; readonly title: string }[] = [
  { role: "viewer", title: "viewer: see it" },
  { role: "runner", title: "runner: and run with it" },
  { role: "contributor", title: "contributor: and add to it" },
  { role: "admin", title: "admin: and share it" },
];

/** Whom something is shared with; shares it, and takes that back at once. */
export const GrantsPanel = ({ resource: { kind, name } }: { readonly resource: SharedResource }) => {
  const title = useId();
  const grants = useWholeList(accountsRoutes.listGrants.path, { kind, resource: name }, (after) =>
    client.call(accountsRoutes.listGrants, { query: { kind, resource: name, limit: 1_000, after } }),
  );
  const give = useChange(accountsRoutes.giveGrant, ["/v1/grants", "/v1/access"]);
  const revoke = useChange(accountsRoutes.revokeGrant, ["/v1/grants", "/v1/access"]);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const role = roles.find((one) => one.role === form.get("role"))?.role ?? "viewer";
    const until = String(form.get("until") ?? "");
    give.mutate({
      params: { kind, resource: name, grantee: String(form.get("grantee") ?? "").trim() },
      body: {
        role,
        reason: String(form.get("reason") ?? ""),
        expiresAt: until === "" ? null : new Date(`${until}T23:59:59`).toISOString(),
      },
    });
  };
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title}>Shared with</h2>
      <Answer asked={grants}>
        {({ items }) => (
          <ul className="rows">
            {items.length === 0 && <li>Nobody yet.</li>}
            {items.map((grant) => (
              <li key={grant.grantee}>
                <GrantText grant={grant} />{" "}
                <button
                  type="button"
                  className="quiet"
                  aria-label={`Take back from ${grant.grantee}`}
                  onClick={() => revoke.mutate({ params: { kind, resource: name, grantee: grant.grantee } })}
                >
                  Take back
                </button>
              </li>
            ))}
          </ul>
        )}
      </Answer>
      <form className="stack" onSubmit={submit}>
        <label>
          Person, group:NAME or everyone
          <input name="grantee" required />
        </label>
        <label>
          May
          <select name="role">
            {roles.map(({ role, title: text }) => (
              <option key={role} value={role}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          Until (for ever without)
          <input name="until" type="date" />
        </label>
        <label>
          Why
          <input name="reason" maxLength={500} />
        </label>
        <button type="submit" disabled={give.isPending}>
          Share
        </button>
        {give.error !== null && <ProblemNote problem={give.error} />}
        {revoke.error !== null && <ProblemNote problem={revoke.error} />}
      </form>
    </section>
  );
};

const GrantText = ({ grant: { grantee, role, grantedBy, expiresAt, reason } }: { readonly grant: Grant }) => (
  <>
    <strong>{grantee}</strong> is {role}, by {grantedBy}
    {expiresAt === null ? "" : `, until ${moment(expiresAt)}`}
    {reason === "" ? "" : `: ${reason}`}
  </>
);
