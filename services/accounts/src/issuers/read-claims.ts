import { Problem } from "@rollerblade/errors";
import type { IssuerSettings } from "./issuer-settings.ts";

/** What an issuer says of somebody, in the terms of this installation. */
export type ClaimedIdentity = {
  readonly issuer: string;
  readonly subject: string;
  /** What a new user would be called; empty where the claim gives no name. */
  readonly name: string;
  readonly displayName: string;
  /** Values of the claim of groups, each behind the name of the issuer: no issuer makes members of another one's groups. */
  readonly groups: readonly string[];
};

/** Claims of an ID token or of the user-info endpoint. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * Reads the claims of somebody. The person is known by issuer and subject alone: a name or an e-mail address may be given to somebody else
 * later, or be chosen by whoever has it.
 * @throws Problem `invalid` for a claim that cannot be understood, `forbidden` for who is in none of the allowed groups
 */
export const readClaims = (
  settings: IssuerSettings,
  issuer: string,
  subject: string,
  claims: Claims,
): ClaimedIdentity => {
  const { name, userClaim, displayNameClaim, allowedGroups } = settings;
  const groups = groupsOf(settings, claims);
  if (allowedGroups !== undefined && !groups.some((group) => allowedGroups.includes(group))) throw notAllowed(settings);
  return {
    issuer,
    subject,
    name: userNameFrom(textOf(claims[userClaim])),
    displayName: textOf(claims[displayNameClaim]).slice(0, 200),
    groups: groups.map((group) => `${name}:${group}`),
  };
};

/**
 * What a user may be called, from what an issuer calls them.
 * @example "Ada.Lovelace@Example.org" → "ada.lovelace@example.org"
 */
export const userNameFrom = (claimed: string): string =>
  claimed
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._@-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 63);

const textOf = (claim: unknown): string => (typeof claim === "string" ? claim : "");

/** A claim that is missing names no groups; one that is elsewhere, or of another form, is an error, since it would silently take groups away. */
const groupsOf = ({ name, groupsClaim }: IssuerSettings, claims: Claims): string[] => {
  const claim = claims[groupsClaim];
  const elsewhere = claims._claim_names;
  if (typeof elsewhere === "object" && elsewhere !== null && groupsClaim in elsewhere)
    throw unreadable(
      name,
      groupsClaim,
      "is at another address: the person is in more groups than the issuer puts into a token",
    );
  if (claim === undefined || claim === null) return [];
  const values: unknown[] = [claim].flat();
  const texts = values.filter((value) => typeof value === "string");
  if (texts.length < values.length) throw unreadable(name, groupsClaim, "is not a list of texts");
  return texts;
};

const unreadable = (issuer: string, claim: string, fault: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The claim "${claim}" of the issuer "${issuer}" ${fault}.`,
    subject: claim,
    next: "An administrator names the claim of groups in ROLLERBLADE_ACCOUNTS_ISSUERS, or limits it at the issuer to groups that matter here.",
  });

const notAllowed = ({ name }: IssuerSettings): Problem =>
  new Problem({
    code: "forbidden",
    message: `The issuer "${name}" has you in none of the groups that may sign in here.`,
    subject: name,
    next: "Ask an administrator which group that is.",
  });
