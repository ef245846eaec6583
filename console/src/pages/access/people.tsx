import { accountsRoutes, type User } from "@rollerblade/client";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { moreOf, useChange, useList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { moment } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";

const changes = ["/v1/users"] as const;

const Disable = ({ user: { name, disabledAt } }: { readonly user: User }) => {
  const change = useChange(accountsRoutes.changeUser, changes);
  const isDisabled = disabledAt !== null;
  return (
    <ConfirmButton
      title={isDisabled ? `Enable ${name}` : `Disable ${name}`}
      question={isDisabled ? "They may sign in again." : "Their sessions and tokens are worth nothing from now on."}
      isDisabled={change.isPending}
      onConfirm={() => change.mutate({ params: { name }, body: { disabled: !isDisabled } })}
    />
  );
};

const columns: readonly Column<User>[] = [
  { key: "name", title: "Name", cell: ({ name }) => name },
  { key: "shown", title: "Shown as", cell: ({ displayName }) => displayName },
  { key: "kind", title: "Kind", cell: ({ kind, admin }) => (admin ? `${kind}, administrator` : kind) },
  {
    key: "state",
    title: "State",
    cell: ({ disabledAt }) => (
      <StateBadge meaning={disabledAt === null ? "good" : "neutral"}>
        {disabledAt === null ? "enabled" : "disabled"}
      </StateBadge>
    ),
  },
  { key: "made", title: "Made", width: "12rem", cell: ({ createdAt }) => moment(createdAt) },
  { key: "disable", title: "Change", width: "14rem", cell: (user) => <Disable user={user} /> },
];

/** All people, for administrators. */
export const People = () => {
  const people = useList(accountsRoutes.listUsers.path, {}, (after) =>
    client.call(accountsRoutes.listUsers, { query: { after } }),
  );
  const [name, setName] = useState("");
  const create = useChange(accountsRoutes.createUser, changes);
  return (
    <section aria-labelledby="access-people">
      <h2 id="access-people">People</h2>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ body: { name } });
        }}
      >
        <label>
          Somebody new, called <input required value={name} onChange={({ target }) => setName(target.value.trim())} />
        </label>
        <button type="submit" disabled={create.isPending}>
          Add them
        </button>
        {create.error !== null && <ProblemNote problem={create.error} />}
      </form>
      <Answer asked={people}>
        {() => (
          <DataTable
            label="People"
            columns={columns}
            items={people.items}
            keyOf={({ name: one }) => one}
            onMore={moreOf(people)}
            isReading={people.isFetchingNextPage}
            empty="There is nobody."
          />
        )}
      </Answer>
    </section>
  );
};
