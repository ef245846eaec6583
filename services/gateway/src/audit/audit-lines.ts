import type { AuditLine, AuditOutcome } from "@rollerblade/client";
import { withPseudonyms } from "@rollerblade/service-kit";

/** What is known of a request when it was answered. */
export type AnsweredRequest = {
  readonly time: Date;
  readonly actor: string;
  readonly method: string;
  /** Without the query, which may hold names of people. */
  readonly path: string;
  readonly status: number;
  /** The operation that handled it; null where it was refused before. */
  readonly operation: string | null;
  /** What was used, or what was refused: `dataset brains`. */
  readonly used: readonly string[];
  readonly address: string;
  readonly traceId: string | null;
};

/** What the operations are that are neither plain reading nor plain changing. */
const kinds: Readonly<Record<string, string>> = {
  linkFile: "link",
  exportDataset: "download",
  queryFiles: "download",
  createRun: "run",
  retryRun: "run",
  cancelRun: "run",
  deleteDataset: "deletion",
  deleteSubject: "deletion",
  deleteSavedQuery: "deletion",
  withdrawDerivative: "deletion",
  removePipeline: "deletion",
  beginImport: "import",
  commitImport: "import",
  abortImport: "import",
  signIn: "sign-in",
  createSignInLink: "sign-in",
  signInByLink: "sign-in",
  signOut: "sign-in",
  giveGrant: "grant",
  revokeGrant: "grant",
  transferResource: "grant",
  acceptTransfer: "grant",
  endTransfer: "grant",
  // A link needs no token, so whoever has it is unknown; the line of the link says to whom it was given.
  getObject: "download",
};

/** Operations that send a body to ask something. */
const asking: ReadonlySet<string> = new Set([
  "runQuery",
  "countQuery",
  "querySlices",
  "checkQuery",
  "diffQueries",
  "explainAccess",
  "planPipeline",
  "planRun",
  "foreseeTasks",
]);

/** Paths of the same, which are known before the operation is: nothing is changed there. */
const askingPaths =
  /^\/v1\/(queries\/(run|count|files|check|diff)|slices|access\/explain|pipelines\/[^/]+\/plan|runs\/plan|tasks\/foresee)\/?$/;

/** Parts of an import or of the source of a conversion, of which there may be as many as files; beginning and end are recorded. */
const parts = /^\/(v1\/(imports\/[^/]+\/(listing|files|packs|objects)|conversions\/[^/]+\/source)|objects)(\/|$)/;

/** Whether a request may change something, so that a line has to be written before it is tried. */
export const mayChange = (method: string, path: string): boolean =>
  !["GET", "HEAD", "OPTIONS"].includes(method) && !(method === "POST" && askingPaths.test(path)) && !parts.test(path);

/** The line that is written before a change is tried. */
export const requestedLine = (request: Omit<AnsweredRequest, "status" | "operation" | "used">): AuditLine =>
  lineOf({ ...request, operation: null }, subjectOfPath(request.path), "requested");

/**
 * The lines of a request: one for each thing that was used or refused. A request that used nothing is recorded if it changed something or was
 * refused. Requests that were too many are not: they would fill the log.
 */
export const answeredLines = (request: AnsweredRequest): AuditLine[] => {
  const outcome = outcomeOf(request.status);
  const changes = mayChange(request.method, request.path);
  const reads = request.method === "GET" || request.method === "HEAD";
  if (request.status === 429 || (parts.test(request.path) && !reads)) return [];
  if (request.used.length > 0) return request.used.map((subject) => lineOf(request, subject, outcome));
  return changes || outcome === "refused" ? [lineOf(request, subjectOfPath(request.path), outcome)] : [];
};

const lineOf = (
  { time, actor, method, path, operation, address, traceId }: Omit<AnsweredRequest, "status" | "used">,
  subject: string,
  outcome: AuditOutcome,
): AuditLine => ({
  time: time.toISOString(),
  actor,
  action: actionOf(method, path, operation),
  subject: withPseudonyms(subject),
  outcome,
  address,
  traceId,
  details: { method, path: withPseudonyms(path) },
});

const actionOf = (method: string, path: string, operation: string | null): string => {
  if (operation === null) return `${mayChange(method, path) ? "change" : "read"}.${method}`;
  const kind = kinds[operation] ?? (method === "GET" || method === "HEAD" || asking.has(operation) ? "read" : "change");
  return `${kind}.${operation}`;
};

const outcomeOf = (status: number): AuditOutcome => {
  if (status === 401 || status === 403 || status === 404) return "refused";
  return status < 400 ? "allowed" : "failed";
};

/** `/v1/runs/1/cancel` is about the `run 1`, as far as its path says. */
const subjectOfPath = (path: string): string => {
  const [, , plural = "", first, second] = path.split("/");
  // Of `/v1/grants/dataset/brains/ada` and `/v1/resources/dataset/brains`.
  if ((plural === "grants" || plural === "resources") && first !== undefined && second !== undefined)
    return `${first} ${second}`;
  const kind = plural === "analyses" ? "analysis" : plural === "queries" ? "query" : plural.replace(/s$/, "");
  return first === undefined ? kind : `${kind} ${first}`;
};
