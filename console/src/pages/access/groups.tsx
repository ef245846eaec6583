import { accountsRoutes, type Group } from "@rollerblade/client";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { useChange, useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { ProblemNote } from "../../parts/problem-note.tsx";

const changes = ["/v1/groups", "/v1/access"] as const;

/** Groups that one owns or is in, with their members. */
export const Groups = () => {
  const asked = useWholeList(accountsRoutes.listGroups.path, {}, (after) =>
    client.call(accountsRoutes.listGroups, { query: { limit: 1_000, after } }),
  );
  const [name, setName] = useState("");
  const create = useChange(accountsRoutes.createGroup, changes);
  return (
    <section aria-labelledby="access-groups">
      <h2 id="access-groups">Groups</h2>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ body: { name } });
        }}
      >
        <label>
          A new group <input required value={name} onChange={({ target }) => setName(target.value.trim())} />
        </label>
        <button type="submit" disabled={create.isPending}>
          Make it
        </button>
        {create.error !== null && <ProblemNote problem={create.error} />}
      </form>
      <Answer asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <p>You are in no group.</p>
          ) : (
            <div className="panels">
              {items.map((group) => (
                <Members key={group.name} group={group} />
              ))}
            </div>
          )
        }
      </Answer>
    </section>
  );
};

const Members = ({ group: { name, displayName, owner } }: { readonly group: Group }) => {
  const asked = useWholeList(accountsRoutes.listGroupMembers.path, { name }, (after) =>
    client.call(accountsRoutes.listGroupMembers, { params: { name }, query: { limit: 1_000, after } }),
  );
  const [member, setMember] = useState("");
  const add = useChange(accountsRoutes.addGroupMember, changes);
  const remove = useChange(accountsRoutes.removeGroupMember, changes);
  const problem = add.error ?? remove.error;
  return (
    <section className="panel" aria-labelledby={`group-${name}`}>
      <h3 id={`group-${name}`}>
        {name} <span className="faint">{displayName}</span>
      </h3>
      <p className="faint">of {owner}</p>
      <Answer asked={asked}>
        {({ items }) => (
          <ul className="rows">
            {items.map((one) => (
              <li key={one.member}>
                {one.member}{" "}
                {one.source === "claim" ? (
                  <span className="faint">by its issuer</span>
                ) : (
                  <ConfirmButton
                    title="Remove"
                    question={`${one.member} loses what ${name} has been granted.`}
                    isDisabled={remove.isPending}
                    onConfirm={() => remove.mutate({ params: { name, member: one.member } })}
                  />
                )}
              </li>
            ))}
          </ul>
        )}
      </Answer>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate({ params: { name, member } });
        }}
      >
        <label>
          Add to {name} <input required value={member} onChange={({ target }) => setMember(target.value.trim())} />
        </label>
        <button type="submit" className="quiet" disabled={add.isPending}>
          Add
        </button>
      </form>
      {problem !== null && <ProblemNote problem={problem} />}
    </section>
  );
};
