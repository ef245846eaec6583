import { type AccessWay, accountsRoutes } from "@rollerblade/client";
import { useId } from "react";
import { client } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useList } from "../api/use-route.ts";
import { Answer } from "./answer.tsx";
import { moment } from "./format.ts";
import type { SharedResource } from "./grants-panel.tsx";
import { MoreButton } from "./more-button.tsx";

type WhoPanelProps = { readonly resource: SharedResource; readonly isAdmin: boolean };

/** Who can see something, and by which way; whoever is no admin of it learns that of themselves. */
export const WhoPanel = ({ resource, isAdmin }: WhoPanelProps) => {
  const title = useId();
  const me = useSession().data?.user?.name;
  const body = { resources: [resource], ...(isAdmin || me === undefined ? {} : { principal: me }) };
  const people = useList(accountsRoutes.explainAccess.path, body, (after) =>
    client.call(accountsRoutes.explainAccess, { body: { ...body, after } }),
  );
  return (
    <section className="panel" aria-labelledby={title}>
      <h2 id={title}>{isAdmin ? "Who can see it, and why" : "Why you can see it"}</h2>
      <Answer asked={people}>
        {() => (
          <>
            <ul className="rows">
              {people.items.map(({ principal, ways }) => (
                <li key={principal}>
                  <strong>{principal}</strong>: {ways.map(wayText).join("; ")}
                </li>
              ))}
            </ul>
            <MoreButton list={people} />
          </>
        )}
      </Answer>
    </section>
  );
};

const wayText = ({ reason, role, grantee, expiresAt, grantedBy, note }: AccessWay): string => {
  if (reason !== "grant") return reason === "owner" ? "owns it" : "administrator of the installation";
  const until = expiresAt === null ? "" : ` until ${moment(expiresAt)}`;
  return `${role} as ${grantee ?? "somebody"}, by ${grantedBy ?? "nobody"}${until}${note === "" ? "" : ` (${note})`}`;
};
