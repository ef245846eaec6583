/** What a kind of problem is over HTTP, and in words. */
type ProblemType = {
  /** HTTP status (RFC 9110). */
  readonly status: number;
  /** The same for every problem of the kind: `title` of RFC 9457. */
  readonly title: string;
  /** When it occurs and what to do about it, for the page that its `type` leads to. */
  readonly meaning: string;
};

/** Every kind of problem by its code. The code decides the HTTP status, and in the command line the exit code. */
export const problemTypes = {
  invalid: {
    status: 400,
    title: "The request is not valid",
    meaning:
      "A part of the request is not what the route takes; `findings` names each place. Correct it before trying again.",
  },
  unauthenticated: {
    status: 401,
    title: "A valid token is needed",
    meaning: "No token was sent, or it is unknown, revoked or expired. Send `Authorization: Bearer TOKEN`.",
  },
  forbidden: {
    status: 403,
    title: "You may not do this",
    meaning: "The token is valid, and its owner has no grant for this. Ask the owner of the resource for one.",
  },
  "not-found": {
    status: 404,
    title: "It does not exist",
    meaning: "Nothing has this name or id, or nothing that you may read: the answer is the same for both.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The path does not take this method",
    meaning: "The header `Allow` lists the methods that it takes.",
  },
  conflict: {
    status: 409,
    title: "It conflicts with the present state",
    meaning:
      "The name is taken, or what should be changed is in a state that does not allow it. Read it again, then decide.",
  },
  "precondition-failed": {
    status: 412,
    title: "It has changed since you read it",
    meaning:
      "The `ETag` in `If-Match` is not that of the present version. Read it again, apply your change to that, and send its `ETag`.",
  },
  "key-reused": {
    status: 422,
    title: "The idempotency key was used for another request",
    meaning:
      "The same `Idempotency-Key` came with another request within the last 24 hours. Send a new key for each change, and the same one only when that change is sent again.",
  },
  cancelled: {
    status: 409,
    title: "It was cancelled",
    meaning: "Somebody cancelled it before it was done. Start it again if it is still wanted.",
  },
  "too-large": {
    status: 413,
    title: "The request is too large",
    meaning: "The body has more bytes than the route takes. Send it in parts.",
  },
  "too-many-requests": {
    status: 429,
    title: "A limit is reached",
    meaning: "Too many requests, queries or bytes of one person at once. Wait for the seconds in `Retry-After`.",
  },
  internal: {
    status: 500,
    title: "Something went wrong in Rollerblade",
    meaning: "Nobody foresaw this. It is logged under the id in `subject`; give that to whoever runs Rollerblade.",
  },
  unavailable: {
    status: 503,
    title: "A part of Rollerblade is away",
    meaning: "A service, the database or the message server does not answer at the moment. Try again in a few seconds.",
  },
} as const satisfies Record<string, ProblemType>;

/** What kind of thing went wrong; it decides the HTTP status and the exit code. */
export type ProblemCode = keyof typeof problemTypes;

/** Whether a text is the code of a problem. */
export const isProblemCode = (code: unknown): code is ProblemCode =>
  typeof code === "string" && Object.hasOwn(problemTypes, code);

/** The HTTP status of a problem. */
export const statusOf = (code: ProblemCode): number => problemTypes[code].status;

/** The code of an HTTP status that carries no problem of ours, for example from a proxy. */
export const problemCodeOf = (status: number): ProblemCode => {
  const codes = Object.keys(problemTypes).filter(isProblemCode);
  const known = status === 500 ? undefined : codes.find((code) => statusOf(code) === status);
  return known ?? (status < 500 ? "invalid" : "unavailable");
};
