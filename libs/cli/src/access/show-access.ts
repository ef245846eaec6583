import {
  type AccessExplanation,
  type AccessWay,
  accountsRoutes,
  catalogRoutes,
  readAll,
  taggerRoutes,
} from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printJson, printTable, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import type { ExplainedKind } from "./resource-argument.ts";

/** `access list`: what you may use, or with `--user` what somebody else may. */
export const listAccess = async ({ user, json }: Reading & { readonly user?: string }): Promise<void> => {
  const server = await findServer();
  const resources = await readAll((after) => server.call(accountsRoutes.listResources, { query: { after, user } }));
  if (json === true) return printJson(resources);
  printTable(
    ["kind", "name", "role", "owner"],
    resources.map(({ kind, name, role, owner }) => [kind, name, role, owner]),
    "Nothing that you may know of.",
  );
};

/** How a page of who may read something is asked for. */
const askAbout = (server: Server, kind: ExplainedKind, names: readonly string[], principal: string | undefined) => {
  const [first = "", path = "", ...more] = names;
  if (kind === "file") {
    if (path === "" || more.length > 0) throw wrongNames("the file", "DATASET PATH");
    return (after: string | undefined) =>
      server.call(catalogRoutes.explainFileAccess, { query: { dataset: first, path, principal, after } });
  }
  if (kind === "result") {
    if (names.length !== 1) throw wrongNames("the result", "ID");
    return (after: string | undefined) =>
      server.call(taggerRoutes.explainResultAccess, { params: { id: first }, query: { principal, after } });
  }
  const resources = names.map((name) => ({ kind, name }));
  return (after: string | undefined) =>
    server.call(accountsRoutes.explainAccess, { body: { resources, principal, after } });
};

const wrongNames = (what: string, names: string): Problem =>
  new Problem({
    code: "invalid",
    message: `It is not clear which is ${what}.`,
    next: `Write \`rollerblade access explain ${what.replace("the ", "")} ${names}\`.`,
  });

/** `access explain KIND NAME…`: who may read all of these, or a file or result that was made from them, and why. */
export const explainAccess = async (
  kind: ExplainedKind,
  names: readonly string[],
  { user, json }: Reading & { readonly user?: string },
): Promise<void> => {
  const server = await findServer();
  const people = await readAll<AccessExplanation>(askAbout(server, kind, names, user));
  if (json === true) return printJson(people);
  printTable(
    ["who", "what", "role", "why", "until"],
    people.flatMap(({ principal, ways }) =>
      ways.map((way) => [principal, `${way.kind} ${way.name}`, way.role, reasonOf(way), way.expiresAt]),
    ),
    "Nobody.",
  );
};

const reasonOf = ({ reason, grantee, grantedBy, note }: AccessWay): string => {
  if (reason === "owner") return "owns it";
  if (reason === "administrator") return "is an administrator of the installation";
  return `${grantedBy} granted it to ${grantee}${note === "" ? "" : `: ${note}`}`;
};
