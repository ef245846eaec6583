import type { ResourceKind } from "@rollerblade/service-kit";

/** Somebody who makes a request, by what they are to the things of the owner. */
export const callers = [
  ...["anonymous", "expired", "revoked", "disabled", "foreign issuer", "alg: none", "wrong audience"],
  ...["stranger", "grant expired", "grant revoked", "member who left"],
  ...["group member", "nested group member", "viewer", "runner", "contributor", "admin"],
  ...["owner", "scoped to read", "limited to what is shared", "limited to something else", "site administrator"],
] as const;
export type Caller = (typeof callers)[number];

/**
 * What a request comes to: without a credential that counts, for something that does not exist for one, without the right, for a name that is
 * somebody else's, or let in.
 */
export type Outcome = "401" | "404" | "403" | "409" | "in";

/** Whether somebody has a token that is limited to resources: the owner, and to everything that is shared or to something else. */
const isLimited = (caller: Caller): boolean => caller.startsWith("limited to");

/** The name of a caller who has an account. */
export const nameOf = (caller: Caller): string => {
  if (caller === "group member") return "member";
  if (caller === "nested group member") return "nested";
  if (caller === "scoped to read" || isLimited(caller)) return "owner";
  if (caller === "site administrator") return "admin";
  return caller === "admin" ? "admin-of-it" : caller.replaceAll(" ", "-");
};

/** What a route asks for beside a token whose scope is enough. */
type Need =
  | { readonly kind: "nothing" }
  | { readonly kind: "sign-in" }
  | { readonly kind: "administrator" }
  /** A role on something of the owner; who has none does not find it, who has a lesser one is told. */
  | { readonly kind: ResourceKind; readonly role: Role }
  /** To be in the group of the owner, to own it, or to be the one who began, of which others learn nothing. */
  | { readonly kind: "group"; readonly role: "member" | "owner" }
  | { readonly kind: "own" }
  /** That a page of this server asks, with what others cannot send: whoever else asks is refused. */
  | { readonly kind: "page" }
  /** What there is for nobody, since nobody was offered anything, and so for no caller either. */
  | { readonly kind: "nobody" };

type Role = "viewer" | "runner" | "contributor" | "admin" | "owner";

/** One route: what it asks for, and a request of it that does no harm to the next one. */
export type RouteRule = {
  readonly need: Need;
  /** Values for parameters of the path and the query, and for properties of the body, by their names. */
  readonly values?: Readonly<Record<string, string>>;
  /** Query of the request. @default what the document requires */
  readonly query?: string;
  readonly body?: unknown;
  /** Whether each caller who is let in gets something of their own to delete, which is called after them, or to undo. */
  readonly ownTarget?: string;
  /** Whether what is asked for is not there even for who may: they get 404. */
  readonly absent?: boolean;
  /**
   * Whether it asks for a name, which is not available where something has it, without a word on what: to whoever does not see that, or to
   * everybody who may not change it.
   */
  readonly taken?: "unseen" | "always";
  /** Whether what is sent is refused as invalid of whoever is let in. */
  readonly invalid?: boolean;
  /** Who is let in whatever their role, since it is about themselves. */
  readonly own?: Caller;
  /** Whether a token that only reads is enough. @default of GET */
  readonly reads?: boolean;
  /** What a token gets that is limited to resources, whatever they are. @default what its user gets who has nothing else */
  readonly limited?: Outcome;
  /** What such a token gets that is limited to something else. @default 404, as who has no role */
  readonly outside?: Outcome;
};

const ranks: readonly Role[] = ["viewer", "runner", "contributor", "admin", "owner"];

/** What each caller has on everything that the owner shares. */
const roleOf = (caller: Caller): Role | undefined => {
  if (caller === "group member" || caller === "nested group member") return "viewer";
  if (caller === "scoped to read" || caller === "limited to what is shared") return "owner";
  return ranks.find((role) => role === caller);
};

const nobodies: readonly Caller[] = [
  "anonymous",
  "expired",
  "revoked",
  "disabled",
  "foreign issuer",
  "alg: none",
  "wrong audience",
];

/** What a caller gets, by the rules of the documentation: first the credential, then its scope, then the right. */
export const expectedOutcome = (caller: Caller, rule: RouteRule, method: string): Outcome => {
  const { need, absent = false, taken, reads = method === "GET" } = rule;
  const allowed = absent ? "404" : "in";
  if (need.kind === "nothing") return allowed;
  if (need.kind === "page") return "403";
  if (nobodies.includes(caller)) return "401";
  if (caller === "scoped to read" && !reads) return "403";
  if (isLimited(caller) && rule.limited !== undefined) return rule.limited;
  if (caller === "limited to something else" && rule.outside !== undefined) return rule.outside;
  if (need.kind === "nobody") return "404";
  if (need.kind === "sign-in" || caller === "site administrator") return allowed;
  if (need.kind === "administrator") return "403";
  const role = roleOf(caller);
  if (need.kind === "own") return role === "owner" ? allowed : "404";
  if (need.kind === "group") {
    if (role === "owner") return allowed;
    if (caller !== "group member" && caller !== "nested group member") return "404";
    return need.role === "member" ? allowed : "403";
  }
  if (role === undefined) return taken === undefined ? "404" : "409";
  if (ranks.indexOf(role) >= ranks.indexOf(need.role) || caller === rule.own) return allowed;
  return taken === "always" ? "409" : "403";
};

const nothing: Need = { kind: "nothing" };
const signIn: Need = { kind: "sign-in" };
const administrator: Need = { kind: "administrator" };
const group = (role: "member" | "owner"): Need => ({ kind: "group", role });
const on = (kind: ResourceKind, role: Role): Need => ({ kind, role });
const dataset = (role: Role): Need => on("dataset", role);
const query = (role: Role): Need => on("query", role);
const pipeline = (role: Role): Need => on("pipeline", role);
const analysis = (role: Role): Need => on("analysis", role);
const asset = (role: Role): Need => on("asset", role);
const sharedVersion = { name: "shared", version: "1.0.0" };

/** The values with which a rule is about the shared thing of a kind; of each kind it is called `shared`. */
const shared = { name: "shared" };
const dummy = { name: "dummy" };
const lab = { name: "lab" };

/** Every route of the OpenAPI document. A new one needs a line here. */
export const routeTable: Readonly<Record<string, RouteRule>> = {
  "GET /v1/sign-in": { need: nothing },
  "GET /v1/sign-in/issuers": { need: nothing },
  // No token makes a link: that takes a sign-in.
  "POST /v1/sign-in/links": { need: signIn, limited: "403" },
  "POST /v1/sign-in/links/use": { need: { kind: "page" }, body: { code: "unknown" } },
  "POST /v1/sign-in": { need: nothing, invalid: true, body: { name: "ghost", password: "x", newPassword: "short" } },
  "POST /v1/sign-in/device": { need: nothing, body: { issuer: "none" }, absent: true },
  // A secret that nobody was given is refused as a wrong password is.
  "POST /v1/sign-in/device/finish": { need: nothing, body: { secret: "unknown" } },
  "GET /v1/me": { need: signIn },
  "GET /v1/status": { need: signIn },
  "GET /v1/events": { need: signIn },

  "GET /v1/users": { need: administrator },
  "GET /v1/users/{name}": { reads: false, need: administrator, values: dummy },
  "POST /v1/users": { need: administrator, body: { name: "new-user" } },
  "PATCH /v1/users/{name}": { need: administrator, values: dummy, body: {} },
  "POST /v1/users/{name}/reset-password": { need: administrator, values: dummy },
  "GET /v1/users/{name}/identities": { need: administrator, values: dummy },
  "POST /v1/users/{name}/identities": {
    need: administrator,
    values: dummy,
    body: { issuer: "https://login.example.org", subject: "7" },
  },
  "POST /v1/users/{name}/identities/unlink": {
    need: administrator,
    values: dummy,
    body: { issuer: "https://login.example.org", subject: "7" },
  },
  // No token makes or lists others: that takes a sign-in.
  "GET /v1/tokens": { limited: "403", reads: false, need: signIn },
  "POST /v1/tokens": { limited: "403", need: signIn, body: { label: "another" } },
  "DELETE /v1/tokens/{id}": { limited: "404", need: { kind: "own" }, values: { id: "TOKEN" } },

  "GET /v1/groups": { limited: "403", need: signIn },
  "POST /v1/groups": { limited: "403", need: signIn, ownTarget: "made", body: { name: "TARGET" } },
  "GET /v1/groups/{name}": { limited: "403", need: group("member"), values: lab },
  "PATCH /v1/groups/{name}": { limited: "403", need: group("owner"), values: lab, body: {} },
  "DELETE /v1/groups/{name}": { limited: "403", need: group("owner"), values: lab, ownTarget: "lab" },
  "GET /v1/groups/{name}/members": { limited: "403", need: group("member"), values: lab },
  "PUT /v1/groups/{name}/members/{member}": {
    limited: "403",
    need: group("owner"),
    values: { ...lab, member: "dummy" },
  },
  "DELETE /v1/groups/{name}/members/{member}": {
    limited: "403",
    need: group("owner"),
    values: { ...lab, member: "dummy" },
    ownTarget: "member",
  },

  "GET /v1/resources": { need: signIn },
  "GET /v1/resources/{kind}/{name}": { need: dataset("viewer"), values: shared },
  "PUT /v1/resources/{kind}/{name}": { outside: "403", need: signIn, values: shared, ownTarget: "claimed" },
  "GET /v1/grants": { reads: false, need: dataset("admin"), query: "kind=dataset&resource=shared" },
  "GET /v1/grants/{kind}/{resource}/{grantee}": {
    reads: false,
    need: dataset("admin"),
    values: { resource: "shared", grantee: "viewer" },
    own: "viewer",
  },
  "PUT /v1/grants/{kind}/{resource}/{grantee}": {
    need: dataset("admin"),
    values: { resource: "shared", grantee: "dummy" },
    body: { role: "viewer" },
  },
  "DELETE /v1/grants/{kind}/{resource}/{grantee}": {
    need: dataset("admin"),
    values: { resource: "shared", grantee: "dummy" },
    ownTarget: "grantee",
  },
  "POST /v1/resources/{kind}/{name}/transfer": {
    limited: "403",
    need: dataset("owner"),
    values: shared,
    body: { owner: "owner" },
  },
  "POST /v1/resources/{kind}/{name}/transfer/accept": { limited: "403", need: { kind: "nobody" }, values: shared },
  "DELETE /v1/resources/{kind}/{name}/transfer": { limited: "403", need: { kind: "nobody" }, values: shared },
  "GET /v1/transfers": { limited: "403", need: signIn },
  "POST /v1/access/explain": {
    reads: true,
    need: dataset("admin"),
    body: { resources: [{ kind: "dataset", name: "shared" }] },
  },
  "GET /v1/audit": { reads: false, need: dataset("admin"), query: "kind=dataset&resource=shared" },
  "GET /v1/audit/verify": { need: administrator },

  "GET /v1/datasets": { need: signIn },
  "GET /v1/datasets/{dataset}": { need: dataset("viewer") },
  "DELETE /v1/datasets/{dataset}": { need: dataset("owner"), ownTarget: "dataset" },
  "GET /v1/datasets/{dataset}/deletions/{deletion}": { need: { kind: "own" }, values: { deletion: "DELETION" } },
  "GET /v1/datasets/{dataset}/files": { need: dataset("viewer") },
  "GET /v1/datasets/{dataset}/findings": { need: dataset("viewer") },
  "GET /v1/datasets/{dataset}/findings/groups": { need: dataset("viewer") },
  "GET /v1/datasets/{dataset}/findings/history": { need: dataset("viewer") },
  "GET /v1/datasets/{dataset}/folder": { need: dataset("viewer") },
  "GET /v1/datasets/{dataset}/source": { need: dataset("viewer") },
  "PUT /v1/datasets/{dataset}/source": { need: dataset("admin"), body: { source: null } },
  "DELETE /v1/datasets/{dataset}/subjects/{subject}": {
    need: dataset("admin"),
    values: { subject: "99" },
    absent: true,
  },
  "POST /v1/datasets/{dataset}/subjects/{subject}/restore": {
    need: dataset("admin"),
    values: { subject: "03" },
    ownTarget: "keptOut",
  },
  "GET /v1/scans": { need: signIn },
  "GET /v1/scans/metadata": { need: dataset("viewer"), query: "dataset=shared&path=sub-01/anat/sub-01_T1w.nii.gz" },
  "GET /v1/files": { need: signIn, query: "dataset=shared" },
  // Everybody who finds it may ask about themselves.
  "GET /v1/files/access": {
    need: dataset("viewer"),
    query: "dataset=shared&path=sub-01/anat/sub-01_T1w.nii.gz&principal=ME",
  },
  "GET /v1/files/link": { need: dataset("viewer"), query: "dataset=shared&path=sub-01/anat/sub-01_T1w.nii.gz" },
  "GET /v1/files/content": { need: dataset("viewer"), query: "dataset=shared&path=sub-01/anat/sub-01_T1w.nii.gz" },
  "GET /v1/files/report": { need: dataset("viewer"), query: "dataset=shared&path=sub-01/anat/sub-01_T1w.nii.gz" },
  "GET /v1/search": { need: signIn, query: "text=shared" },
  // Its bytes are no image.
  "GET /v1/files/picture": {
    need: dataset("viewer"),
    query: "dataset=shared&path=sub-01/anat/sub-01_T1w.nii.gz",
    absent: true,
  },
  "GET /v1/derivatives": { need: signIn, query: "dataset=shared" },
  "GET /v1/derivatives/{derivative}": { need: dataset("viewer"), values: { derivative: "DERIVATIVE" } },
  "GET /v1/results": { need: dataset("viewer"), query: "dataset=shared" },
  // Who else may read it is for the admins of all that it comes of.
  "GET /v1/results/{id}/access": { need: dataset("admin"), values: { id: "RESULT" } },
  // The same one again is answered with what it is now. What is shown of it ends with it.
  "POST /v1/derivatives/{derivative}/withdraw": {
    need: dataset("contributor"),
    values: { derivative: "DERIVATIVE" },
    body: { reason: "a trial" },
  },
  "GET /v1/datasets/{dataset}/corrections": { need: dataset("viewer") },
  "POST /v1/datasets/{dataset}/corrections": {
    need: dataset("contributor"),
    body: { subject: "01", values: { age: "43" } },
  },
  "POST /v1/datasets/{dataset}/corrections/{correction}/undo": {
    need: dataset("contributor"),
    values: { correction: "00000000-0000-7000-8000-000000000000" },
    absent: true,
  },
  "GET /v1/datasets/{dataset}/ratings": { need: dataset("viewer") },
  "PUT /v1/datasets/{dataset}/ratings": {
    need: dataset("contributor"),
    body: { path: "sub-99/anat/sub-99_T1w.nii.gz", verdict: "pass" },
    absent: true,
  },
  "DELETE /v1/datasets/{dataset}/ratings": {
    need: dataset("contributor"),
    query: "path=sub-99/anat/sub-99_T1w.nii.gz",
    absent: true,
  },
  "GET /v1/fields": { need: signIn },
  "GET /v1/queries": { need: signIn },
  "POST /v1/queries/check": { reads: true, need: signIn, body: { expression: "" } },
  "POST /v1/queries/count": { reads: true, need: signIn, body: { by: ["subject.sex"] } },
  "POST /v1/queries/diff": { reads: true, need: query("viewer"), body: { from: "shared", to: "shared" } },
  "POST /v1/queries/files": { reads: true, need: signIn, body: {} },
  "POST /v1/queries/run": { reads: true, need: signIn, body: {} },
  "POST /v1/slices": { reads: true, need: signIn, body: {} },
  "GET /v1/queries/{name}": { need: query("viewer"), values: shared },
  "PUT /v1/queries/{name}": {
    outside: "403",
    taken: "unseen",
    need: query("contributor"),
    values: shared,
    body: { expression: "" },
  },
  "DELETE /v1/queries/{name}": { need: query("owner"), values: shared, ownTarget: "query" },
  "GET /v1/queries/{name}/pins": { need: query("viewer"), values: shared },
  "PUT /v1/queries/{name}/pins/{pin}": { need: query("contributor"), values: shared, ownTarget: "pinned" },
  "DELETE /v1/queries/{name}/pins/{pin}": {
    need: query("contributor"),
    values: { ...shared, pin: "gone" },
    absent: true,
  },

  "POST /v1/conversions": { outside: "403", need: dataset("contributor"), body: { dataset: "shared" } },
  "GET /v1/conversions/{conversion}": { need: { kind: "own" }, values: { conversion: "CONVERSION" } },
  "GET /v1/conversions/{conversion}/files": { need: { kind: "own" }, values: { conversion: "CONVERSION" } },
  "GET /v1/conversions/{conversion}/labels": {
    reads: false,
    need: { kind: "own" },
    values: { conversion: "CONVERSION" },
  },
  "PUT /v1/conversions/{conversion}/source": {
    need: { kind: "own" },
    values: { conversion: "CONVERSION" },
    query: "path=scan.nii.gz",
  },
  "POST /v1/conversions/{conversion}/run": {
    need: { kind: "own" },
    values: { conversion: "CONVERSION" },
    body: { mapping: "version: 1", plan: true },
  },
  // After the others, since it ends the conversion.
  "DELETE /v1/conversions/{conversion}": { need: { kind: "own" }, values: { conversion: "CONVERSION" } },
  "POST /v1/imports": { outside: "403", need: dataset("contributor"), body: { dataset: "shared", dryRun: true } },
  "GET /v1/imports": { need: signIn },
  "GET /v1/imports/{import}": { need: dataset("viewer"), values: { import: "IMPORT" } },
  "POST /v1/imports/{import}/commit": { need: { kind: "own" }, values: { import: "IMPORT" }, body: { files: 1 } },
  "POST /v1/imports/{import}/listing": {
    need: { kind: "own" },
    values: { import: "IMPORT" },
    body: { after: null, to: null, files: [] },
  },
  // After the list, which forgets what it does not have.
  "POST /v1/imports/{import}/files": {
    need: { kind: "own" },
    values: { import: "IMPORT" },
    body: { files: [{ path: "sub-04/anat/sub-04_T1w.nii.gz", size: 1, sha256: "CONTENT" }] },
  },
  "PUT /v1/imports/{import}/objects/{sha256}": { need: { kind: "own" }, values: { import: "IMPORT" } },
  "POST /v1/imports/{import}/packs": { need: { kind: "own" }, invalid: true, values: { import: "IMPORT" } },
  "PUT /v1/imports/{import}/report/{part}": {
    need: { kind: "own" },
    values: { import: "IMPORT", part: "1" },
    body: { findings: [], last: false },
  },
  // After the others, since it ends the import.
  "DELETE /v1/imports/{import}": { need: { kind: "own" }, values: { import: "IMPORT" } },
  "POST /v1/uploads": { outside: "403", need: dataset("contributor"), invalid: true, query: "dataset=shared" },

  // Code that is no container's is for the administrator of an embedded server.
  "POST /v1/analyses": {
    need: administrator,
    body: { manifest: "MANIFEST", executor: "process", folder: "FOLDER" },
  },
  "GET /v1/analyses": { need: signIn },
  "GET /v1/analyses/{name}": { need: analysis("viewer"), values: shared },
  "POST /v1/assets": {
    outside: "403",
    taken: "always",
    need: asset("contributor"),
    body: { ...sharedVersion, version: "3.0.0", files: [{ path: "x", size: 1, sha256: "CONTENT" }] },
  },
  "PUT /v1/assets/{name}/contents/{sha256}": { need: asset("contributor"), values: shared },
  "GET /v1/assets": { need: signIn },
  "GET /v1/assets/{name}/versions/{version}": { need: asset("viewer"), values: sharedVersion },
  "DELETE /v1/assets/{name}/versions/{version}": {
    need: asset("admin"),
    values: sharedVersion,
    ownTarget: "asset",
  },
  "POST /v1/runs": { need: analysis("runner"), body: { analysis: "shared", query: 'subject.label == "none"' } },
  "POST /v1/runs/plan": {
    reads: true,
    need: analysis("runner"),
    body: { analysis: "shared", query: 'subject.label == "none"' },
  },
  "GET /v1/runs": { need: signIn },
  "GET /v1/runs/{id}": { need: dataset("viewer"), values: { id: "RUN" } },
  "POST /v1/runs/{id}/cancel": { need: dataset("owner"), values: { id: "RUN" } },
  "POST /v1/runs/{id}/retry": { need: dataset("owner"), values: { id: "RUN" } },
  "GET /v1/tasks": { need: signIn },
  "GET /v1/tasks/{id}": { need: dataset("viewer"), values: { id: "TASK" } },
  "POST /v1/tasks/foresee": {
    limited: "403",
    reads: true,
    need: analysis("runner"),
    body: { analysis: "shared", version: "1.0.0", parametersHash: "x", items: [] },
  },
  "GET /v1/executions/{id}": { need: dataset("viewer"), values: { id: "EXECUTION" } },
  "GET /v1/executions/{id}/attempts/{number}/log": {
    need: dataset("viewer"),
    values: { id: "EXECUTION", number: "1" },
  },
  "GET /v1/executions/{id}/attempts/{number}/log/follow": {
    need: dataset("viewer"),
    values: { id: "EXECUTION", number: "1" },
  },

  "GET /v1/pipelines": { need: signIn },
  "GET /v1/pipelines/{name}": { need: pipeline("viewer"), values: shared },
  "POST /v1/pipelines/{name}": {
    limited: "403",
    taken: "always",
    need: pipeline("owner"),
    values: shared,
    body: { source: "DOCUMENT" },
  },
  "POST /v1/pipelines/{name}/plan": {
    limited: "403",
    taken: "always",
    reads: true,
    need: pipeline("owner"),
    values: shared,
    body: { source: "DOCUMENT" },
  },
  "DELETE /v1/pipelines/{name}": { need: pipeline("owner"), values: shared, ownTarget: "pipeline" },
  "POST /v1/pipelines/{name}/retry": { need: pipeline("runner"), values: shared, body: {} },
  "GET /v1/pipelines/{name}/status": { need: pipeline("viewer"), values: shared },
  "GET /v1/pipelines/{name}/versions": { need: pipeline("viewer"), values: shared },
  "GET /v1/decisions": { need: signIn },
  "GET /v1/decisions/explain": { need: dataset("viewer"), query: "dataset=shared&subject=01" },

  "GET /v1/tags": { need: dataset("viewer"), query: "dataset=shared" },

  "GET /v1/dead-letters": { need: administrator },
  "GET /v1/dead-letters/groups": { need: administrator },
  "POST /v1/dead-letters/replay": { need: administrator, body: { like: "none.none" }, absent: true },
  "POST /v1/dead-letters/discard": {
    need: administrator,
    body: { like: "none.none", reason: "a trial" },
    absent: true,
  },
  "GET /v1/dead-letters/{id}": { need: administrator, values: { id: "none" }, absent: true },
  "POST /v1/dead-letters/{id}/replay": { need: administrator, values: { id: "none" }, absent: true },

  // Last, since it ends the session.
  "POST /v1/sign-out": { limited: "403", reads: true, need: signIn, body: {} },
};
