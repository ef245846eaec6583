import { z } from "zod";
import {
  deviceSignIn,
  deviceSignInQuestion,
  deviceSignInState,
  identityIssuer,
  newSession,
  passwordSignIn,
} from "./accounts/sign-in-routes.ts";
import { datasetName } from "./dataset-name.ts";
import { jsonRecord } from "./json.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

/** An event that a consumer gave up, with the reason. */
export const deadLetter = z.object({
  id: z.string().describe("`<durable>.<event id>`."),
  durable: z.string(),
  event: z.string(),
  subject: z.string(),
  stream: z.string(),
  sequence: z.number(),
  deliveries: z.number(),
  reason: z.string(),
  stack: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable().describe("Base64; null where it lies in the stream only."),
  time: z.string(),
});
export type DeadLetterEntry = z.output<typeof deadLetter>;

/** One service, as its own probes see it. */
export const serviceStatus = z.object({
  name: z.string(),
  status: z.enum(["ready", "not ready", "unreachable"]).describe("`unreachable`: nobody answered in time."),
  checks: z.record(z.string(), z.boolean()).describe("What it needs, and whether it has it."),
  outbox: z
    .object({ waiting: z.number(), lagSeconds: z.number() })
    .nullable()
    .describe("Events that are written down and not published yet; null where it has none."),
});
export type ServiceStatus = z.output<typeof serviceStatus>;

/** How the whole installation is. */
export const systemStatus = z.object({
  ready: z.boolean().describe("True when every service is."),
  services: z.array(serviceStatus),
  /** For administrators; null for everybody else, and when NATS does not answer. */
  events: z
    .object({
      streams: z.array(z.object({ name: z.string(), messages: z.number(), bytes: z.number() })),
      consumers: z
        .array(z.object({ durable: z.string(), waiting: z.number(), inHand: z.number(), redelivered: z.number() }))
        .describe("What each durable consumer has before it, and in hand."),
      deadLetters: z.number(),
    })
    .nullable(),
});
export type SystemStatus = z.output<typeof systemStatus>;

/** One event as `GET /v1/events` sends it, in the `data` of a server-sent event. */
export const liveEvent = z.object({
  id: z.string(),
  topic: z.string(),
  dataset: z.string().nullable(),
  time: z.string(),
  message: jsonRecord.describe("The message of the topic, in the JSON form of Protocol Buffers."),
});
export type LiveEvent = z.output<typeof liveEvent>;

/** What may be asked of `GET /v1/events`, which is a stream and therefore no declared route. */
export const liveEventsQuery = z.object({
  topics: z.string().optional().describe("Topics with commas between; all without."),
  dataset: z.string().optional(),
  after: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "Start after the event with this number, as the header `Last-Event-ID` does. Without either, the stream starts with new events.",
    ),
});

const letterId = z.object({ id: z.string().min(1).max(300) });

/** Letters that one consumer gave up for one cause: reasons that differ in numbers, ids and paths only have one. */
export const deadLetterGroup = z.object({
  durable: z.string(),
  topic: z.string().nullable().describe("The topic of the events; null of what has none."),
  reason: z.string().describe("That of the newest letter, in full."),
  count: z.int(),
  newest: z.string().describe("Id of the newest letter."),
  from: z.string().describe("When the first and the last of them were given up."),
  to: z.string(),
});
export type DeadLetterGroup = z.output<typeof deadLetterGroup>;

/** Which letters are meant: the one of this id, and all that the same consumer gave up for the same cause. */
const likeLetter = {
  like: z
    .string()
    .min(1)
    .max(300)
    .describe("Id of a letter: of it, and of all that its consumer gave up for the same cause."),
  dryRun: z.boolean().default(false).describe("Whether they are only counted."),
};

/** How many letters were meant, and whether all of them were looked at. */
const likeAnswer = z.object({ letters: z.int() });

/** What a search finds. */
export const searchHit = z.object({
  kind: z.enum(["dataset", "subject", "scan", "analysis", "run", "pipeline"]),
  title: z.string().describe("What people know it by."),
  detail: z.string().describe("What tells it from others of the same title."),
  dataset: z.string().nullable().describe("Of a subject and a scan its dataset; null of all else."),
  id: z.string().describe("Name, label, path or id, by which its own route shows it."),
});
export type SearchHit = z.output<typeof searchHit>;

/** Everything that the gateway itself answers. */
export const gatewayRoutes = {
  search: route({
    method: "GET",
    path: "/v1/search",
    summary:
      "Datasets, subjects, scans, analyses, runs and pipeline documents that you may see and whose name, label, path or id has a text in it; the best few of each kind.",
    query: z.object({
      text: z.string().trim().min(1).max(200),
      limit: z.coerce.number().int().min(1).max(50).default(8).describe("How many of each kind are answered at most."),
    }),
    response: z.object({
      items: z.array(searchHit),
      missing: z
        .array(searchHit.shape.kind)
        .describe("Kinds that could not be looked for in time, or whose service is away."),
    }),
  }),
  openReport: route({
    method: "GET",
    path: "/v1/files/report",
    summary:
      "An address at which a browser shows a report or a figure, with what lies beside it, for five minutes: as a page that reaches nothing else, neither this server nor others.",
    query: z.object({ dataset: datasetName, path: z.string().min(1).max(1024) }),
    response: z.object({
      address: z.string().describe("Relative to the address of the server."),
      expiresAt: z.iso.datetime(),
    }),
  }),
  groupDeadLetters: route({
    method: "GET",
    path: "/v1/dead-letters/groups",
    summary: "Events that could not be handled, by consumer and cause, the most frequent first; for administrators.",
    response: z.object({
      items: z.array(deadLetterGroup),
      more: z.boolean().describe("Whether there are more letters than were looked at."),
    }),
  }),
  replayDeadLetters: route({
    method: "POST",
    path: "/v1/dead-letters/replay",
    scope: "admin",
    summary: "Give all events of one cause once more to the consumer that gave them up; for administrators.",
    body: z.object(likeLetter),
    response: likeAnswer,
  }),
  discardDeadLetters: route({
    method: "POST",
    path: "/v1/dead-letters/discard",
    scope: "admin",
    summary: "Delete all dead letters of one cause: nobody handles these events any more; for administrators.",
    body: z.object({
      ...likeLetter,
      only: z.boolean().default(false).describe("Whether only the letter itself is meant."),
      reason: z.string().trim().min(1).max(500).describe("Why; it stands in the log of the gateway with the ids."),
    }),
    response: likeAnswer,
  }),
  signIn: route({
    method: "POST",
    path: "/v1/sign-in",
    summary: "Sign in with a password, or with a one-time secret and a new password.",
    body: passwordSignIn.extend({
      cookie: z
        .boolean()
        .default(false)
        .describe("Answers with the cookie of a session instead of a token; only to pages of this server."),
    }),
    response: newSession.extend({ token: z.string().nullable() }),
  }),
  showSignIn: route({
    method: "GET",
    path: "/v1/sign-in",
    summary: "Who this browser or token is signed in as, if anybody, and by whom one can sign in.",
    response: z.object({
      user: z
        .object({ name: z.string(), admin: z.boolean() })
        .nullable()
        .describe("Null for who is not signed in, or not any more."),
      issuers: z.array(identityIssuer),
    }),
  }),
  createSignInLink: route({
    method: "POST",
    path: "/v1/sign-in/links",
    scope: "session",
    summary: "Make a link by which a browser signs in as you, once and soon.",
    response: z.object({
      url: z.string().describe("Carries the code behind `#`, which browsers send to no server."),
      expiresAt: z.iso.datetime(),
    }),
  }),
  signInByLink: route({
    method: "POST",
    path: "/v1/sign-in/links/use",
    summary:
      "Sign in with the code of such a link: answers with the cookie of a session; only to pages of this server.",
    body: z.object({ code: z.string().min(1).max(200) }),
    response: newSession.omit({ token: true }),
  }),
  listIssuers: route({
    method: "GET",
    path: "/v1/sign-in/issuers",
    summary: "By whom one can sign in; browsers begin at /v1/sign-in/issuers/NAME.",
    query: z.object(pageQuery()),
    response: pageOf(identityIssuer),
  }),
  beginBrowserSignInAt: route({
    method: "GET",
    path: "/v1/sign-in/issuers/:issuer",
    summary: "Lead a browser to an issuer to sign in there.",
    params: z.object({ issuer: z.string().max(100) }),
    query: z.object({
      returnTo: z.string().default("/").describe("Where to lead it at the end. By default the console."),
    }),
    response: z.undefined(),
  }),
  finishBrowserSignInAt: route({
    method: "GET",
    path: "/v1/sign-in/issuers/:issuer/callback",
    summary: "Take a browser back from an issuer.",
    params: z.object({ issuer: z.string().max(100) }),
    // The issuer says what is in it; the checks of the protocol are the service's.
    query: z.looseObject({}),
    response: z.undefined(),
  }),
  beginDeviceSignIn: route({
    method: "POST",
    path: "/v1/sign-in/device",
    summary: "Begin a sign-in at an issuer, in a browser that may be on another device; for programs without one.",
    body: z.object({
      issuer: z.string().min(1).max(100).describe("One of `GET /v1/sign-in/issuers`."),
    }),
    response: deviceSignIn,
  }),
  finishDeviceSignIn: route({
    method: "POST",
    path: "/v1/sign-in/device/finish",
    summary: "Get the session when somebody has signed in; `pending` before.",
    body: deviceSignInQuestion,
    response: deviceSignInState,
  }),
  listDeadLetters: route({
    method: "GET",
    path: "/v1/dead-letters",
    summary: "Events that could not be handled, the oldest first; for administrators.",
    query: z.object(pageQuery()),
    response: pageOf(deadLetter),
  }),
  showDeadLetter: route({
    method: "GET",
    path: "/v1/dead-letters/:id",
    summary: "One of them, with reason and body; for administrators.",
    params: letterId,
    response: deadLetter,
  }),
  replayDeadLetter: route({
    method: "POST",
    path: "/v1/dead-letters/:id/replay",
    scope: "admin",
    summary: "Give the event once more to the consumer that gave it up; for administrators.",
    params: letterId,
    response: z.undefined(),
  }),
  status: route({
    method: "GET",
    path: "/v1/status",
    summary: "How the services are, and how much is waiting.",
    response: systemStatus,
  }),
} as const;
