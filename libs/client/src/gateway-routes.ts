import { z } from "zod";
import {
  deviceSignIn,
  deviceSignInQuestion,
  deviceSignInState,
  identityIssuer,
  newSession,
  passwordSignIn,
} from "./accounts-routes.ts";
import { jsonRecord } from "./json.ts";
import { pageOf, pageQuery } from "./page-schemas.ts";
import { route } from "./route.ts";

/** An event that a consumer gave up, with the reason. */
export const deadLetter = z.object({
  /** `<durable>.<event id>`. */
  id: z.string(),
  durable: z.string(),
  event: z.string(),
  subject: z.string(),
  stream: z.string(),
  sequence: z.number(),
  deliveries: z.number(),
  reason: z.string(),
  stack: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Base64; null where it lies in the stream only. */
  body: z.string().nullable(),
  time: z.string(),
});
export type DeadLetterEntry = z.output<typeof deadLetter>;

/** One service, as its own probes see it. */
export const serviceStatus = z.object({
  name: z.string(),
  /** `unreachable`: nobody answered in time. */
  status: z.enum(["ready", "not ready", "unreachable"]),
  /** What it needs, and whether it has it. */
  checks: z.record(z.string(), z.boolean()),
  /** Events that are written down and not published yet; null where it has none. */
  outbox: z.object({ waiting: z.number(), lagSeconds: z.number() }).nullable(),
});
export type ServiceStatus = z.output<typeof serviceStatus>;

/** How the whole installation is. */
export const systemStatus = z.object({
  /** True when every service is. */
  ready: z.boolean(),
  services: z.array(serviceStatus),
  /** For administrators; null for everybody else, and when NATS does not answer. */
  events: z
    .object({
      streams: z.array(z.object({ name: z.string(), messages: z.number(), bytes: z.number() })),
      /** What each durable consumer has before it, and in hand. */
      consumers: z.array(
        z.object({ durable: z.string(), waiting: z.number(), inHand: z.number(), redelivered: z.number() }),
      ),
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
  /** The message of the topic, in the JSON form of Protocol Buffers. */
  message: jsonRecord,
});
export type LiveEvent = z.output<typeof liveEvent>;

/** What may be asked of `GET /v1/events`, which is a stream and therefore no declared route. */
export const liveEventsQuery = z.object({
  /** Topics with commas between; all without. */
  topics: z.string().optional(),
  dataset: z.string().optional(),
  /**
   * Start after the event with this number, as the header `Last-Event-ID` does. Without either, the stream starts with
   * new events.
   */
  after: z.coerce.number().int().min(0).optional(),
});

const letterId = z.object({ id: z.string().min(1).max(300) });

/** Everything that the gateway itself answers. */
export const gatewayRoutes = {
  signIn: route({
    method: "POST",
    path: "/v1/sign-in",
    summary: "Sign in with a password, or with a one-time secret and a new password.",
    body: passwordSignIn.extend({
      /** Answers with the cookie of a session instead of a token; only to pages of this server. */
      cookie: z.boolean().default(false),
    }),
    response: newSession.extend({ token: z.string().nullable() }),
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
      /** Where to lead it at the end. There is nothing but the description of the API to look at. */
      returnTo: z.string().default("/docs"),
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
      /** One of `GET /v1/sign-in/issuers`. */
      issuer: z.string().min(1).max(100),
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
