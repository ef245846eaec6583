import { accountsRoutes, type TokenInfo, tokenScopes } from "@rollerblade/client";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { useChange, useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { moment } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";

const changes = ["/v1/tokens"] as const;

/** One's own tokens and sessions. A new token is shown once. */
export const Tokens = () => {
  const asked = useWholeList(accountsRoutes.listTokens.path, {}, (after) =>
    client.call(accountsRoutes.listTokens, { query: { limit: 1_000, after } }),
  );
  return (
    <section aria-labelledby="access-tokens">
      <h2 id="access-tokens">Your tokens and sessions</h2>
      <NewToken />
      <Answer asked={asked}>
        {({ items }) => (
          <table className="plain">
            <caption>Tokens that are good now</caption>
            <thead>
              <tr>
                <th scope="col">Label</th>
                <th scope="col">Kind</th>
                <th scope="col">May</th>
                <th scope="col">Made</th>
                <th scope="col">Used</th>
                <th scope="col">Ends</th>
                <th scope="col">Revoke</th>
              </tr>
            </thead>
            <tbody>
              {items
                .filter(({ revokedAt, expiresAt }) => revokedAt === null && !isPast(expiresAt))
                .map((token) => (
                  <Token key={token.id} token={token} />
                ))}
            </tbody>
          </table>
        )}
      </Answer>
    </section>
  );
};

const isPast = (time: string | null): boolean => time !== null && Date.parse(time) < Date.now();

const Token = ({
  token: { id, label, kind, scope, resources, createdAt, usedAt, expiresAt },
}: {
  readonly token: TokenInfo;
}) => {
  const revoke = useChange(accountsRoutes.revokeToken, changes);
  return (
    <tr>
      <th scope="row">{label === "" ? id.slice(0, 8) : label}</th>
      <td>{kind}</td>
      <td>
        {scope}
        {resources === null ? "" : `, on ${resources.map(({ name }) => name).join(", ")}`}
      </td>
      <td>{moment(createdAt)}</td>
      <td>{usedAt === null ? "never" : moment(usedAt)}</td>
      <td>{expiresAt === null ? "never" : moment(expiresAt)}</td>
      <td>
        <ConfirmButton
          title={`Revoke ${label === "" ? id.slice(0, 8) : label}`}
          question="Whatever uses it is refused from now on."
          isDisabled={revoke.isPending}
          onConfirm={() => revoke.mutate({ params: { id } })}
        />
        {revoke.error !== null && <ProblemNote problem={revoke.error} />}
      </td>
    </tr>
  );
};

const NewToken = () => {
  const [label, setLabel] = useState("");
  const [scope, setScope] = useState<(typeof tokenScopes)[number]>("read");
  const create = useChange(accountsRoutes.createToken, changes);
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({ body: { label, scope } });
      }}
    >
      <label>
        A new token for <input required value={label} onChange={({ target }) => setLabel(target.value)} />
      </label>
      <label>
        that may{" "}
        <select
          value={scope}
          onChange={({ target }) => setScope(tokenScopes.find((one) => one === target.value) ?? "read")}
        >
          {tokenScopes.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={create.isPending}>
        Make it
      </button>
      {create.data !== undefined && (
        <p className="note note-warning" role="status">
          ◔ This is shown once: <code className="secret">{create.data.token}</code>
        </p>
      )}
      {create.error !== null && <ProblemNote problem={create.error} />}
    </form>
  );
};
