import { lockInTransaction, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { followClaim } from "../groups.ts";
import type { Ownership } from "../resources.ts";
import { beginSession, type NewSession, type SessionTimes } from "../sessions.ts";
import { insertUser, isReservedName } from "../users.ts";
import { linkInTransaction } from "./identities.ts";
import type { IssuerSettings } from "./issuer-settings.ts";
import type { ClaimedIdentity } from "./read-claims.ts";

/**
 * Begins a session for whom an issuer has named. Whoever signs in for the first time becomes a user, where the settings let them; never one
 * who is here already, for names prove nothing.
 * @throws Problem `forbidden` for who is not a user and does not become one, or is disabled; `conflict` when their name is taken
 */
export const signInAs = async (
  at: Ownership,
  times: SessionTimes,
  settings: IssuerSettings,
  identity: ClaimedIdentity,
  label: string,
): Promise<NewSession> => {
  const name = await transaction(at.sql, (tx) => userOf(tx, settings, identity));
  await followClaim(at, name, settings.name, identity.groups);
  return transaction(at.sql, async (tx) => {
    const [person] = await tx`select from accounts.users where name = ${name} and disabled_at is null for share`;
    if (person === undefined) throw disabled(name);
    return beginSession(tx, times, { name, label, method: `issuer ${settings.name}` });
  });
};

const userOf = async (tx: Transaction, settings: IssuerSettings, identity: ClaimedIdentity): Promise<string> => {
  const { issuer, subject, name, displayName } = identity;
  // Two first sign-ins of one person at the same time make one user.
  await lockInTransaction(tx, `accounts identity ${issuer} ${subject}`);
  const [known] = await tx<{ name: string; isDisabled: boolean }[]>`
    select users.name, disabled_at is not null as is_disabled from accounts.identities
    join accounts.users on users.name = user_name where issuer = ${issuer} and subject = ${subject}`;
  if (known?.isDisabled === true) throw disabled(known.name);
  if (known !== undefined) return known.name;
  if (!settings.createUsers) throw unknown(identity);
  const [taken] = await tx`select from accounts.users where name = ${name}`;
  if (name === "" || isReservedName(name) || taken !== undefined) throw nameNotFree(settings, identity);
  await insertUser(tx, "service", { name, displayName, admin: false, kind: "person" });
  await linkInTransaction(tx, "service", name, { issuer, subject });
  return name;
};

const linkCommand = ({ issuer, subject }: ClaimedIdentity): string => `rollerblade user link NAME ${issuer} ${subject}`;

const unknown = (identity: ClaimedIdentity): Problem =>
  new Problem({
    code: "forbidden",
    message: `Nobody here is known as "${identity.subject}" of ${identity.issuer}.`,
    subject: identity.subject,
    next: `Ask an administrator to make a user of you, and to link it: \`${linkCommand(identity)}\`.`,
  });

const nameNotFree = ({ userClaim }: IssuerSettings, identity: ClaimedIdentity): Problem =>
  new Problem({
    code: "conflict",
    message:
      identity.name === ""
        ? `The issuer gives you no name in the claim "${userClaim}".`
        : `The name "${identity.name}" is not available, and a name does not prove who somebody is.`,
    subject: identity.name,
    next: `Ask an administrator to link you to the user that you are: \`${linkCommand(identity)}\`.`,
  });

const disabled = (name: string): Problem =>
  new Problem({
    code: "forbidden",
    message: `The user "${name}" is disabled.`,
    subject: name,
    next: "Ask an administrator: `rollerblade user disable --undo` enables a user again.",
  });
