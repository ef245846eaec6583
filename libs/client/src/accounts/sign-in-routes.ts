import { z } from "zod";
import { pageOf } from "../page-schemas.ts";
import { route } from "../route.ts";
import { page, principalName, time } from "./names.ts";

/** What somebody signs in with. */
export const passwordSignIn = z.object({
  name: z.string().max(63),
  password: z.string().min(1).max(1000).describe("Or the one-time secret that an administrator has given."),
  newPassword: z
    .string()
    .max(1000)
    .optional()
    .describe("Set in its place; with a one-time secret there must be one. All earlier sessions and tokens end."),
  label: z.string().max(200).default("sign-in").describe("What the session is called in the list of tokens."),
});

/** A session that has just begun. Its token is shown this once. */
export const newSession = z.object({ name: principalName, token: z.string(), expiresAt: time });

/** A code that a browser exchanges for a session, once. */
export const signInCode = z.object({ code: z.string(), expiresAt: time });

/** Somebody else's server that says who people are, by OpenID Connect. */
export const identityIssuer = z.object({
  name: z.string().describe("What the settings call it."),
  title: z.string().describe("What people call it."),
});
export type IdentityIssuer = z.output<typeof identityIssuer>;

/** What somebody is asked for who signs in on another device than the one that gets the session (RFC 8628). */
export const deviceSignIn = z.object({
  userCode: z.string().describe("To type in at `verificationUri`."),
  verificationUri: z.string(),
  verificationUriComplete: z.string().nullable().describe("With the code in it, where the issuer has such an address."),
  secret: z.string().describe("Held by whoever asks for the session, and shown to nobody."),
  expiresAt: time,
  intervalSeconds: z.int().describe("Seconds to wait between two questions whether somebody has signed in."),
});
export type DeviceSignIn = z.output<typeof deviceSignIn>;

/** Whether somebody has signed in on the other device. */
export const deviceSignInState = z.discriminatedUnion("state", [
  z.object({ state: z.literal("pending"), intervalSeconds: z.int() }),
  z.object({ state: z.literal("finished"), session: newSession }),
]);
export type DeviceSignInState = z.output<typeof deviceSignInState>;

/** Who asks whether somebody has signed in. */
export const deviceSignInQuestion = z.object({
  secret: z.string().min(1).max(200),
  label: z.string().max(200).default("sign-in").describe("What the session is called in the list of tokens."),
});

/** Who somebody is at an issuer of identities; both are compared as they are. */
export const issuerIdentity = z.object({
  issuer: z.url().max(500).describe("As the issuer calls itself: the `iss` of its tokens."),
  subject: z
    .string()
    .min(1)
    .max(255)
    .describe("The `sub` of its tokens, which never changes and is never given to somebody else."),
});
export type IssuerIdentity = z.output<typeof issuerIdentity>;

/** An address of this server, by its path: to lead a browser to after it has signed in. */
const ownPath = z
  .string()
  .max(1000)
  .regex(/^\/(?![/\\])[\x21-\x7e]*$/, "a path of this server, which begins with one slash");

const claimedName = z.string().max(100);

/** Routes of signing in. */
export const signInRoutes = {
  beginSession: route({
    method: "POST",
    path: "/v1/internal/sessions",
    summary: "Begin a session with a password; for the gateway.",
    body: passwordSignIn.extend({ address: z.string().max(100) }),
    response: newSession,
  }),
  createSignInCode: route({
    method: "POST",
    path: "/v1/internal/sign-in-codes",
    summary: "Make a code with which a browser signs in as somebody, once; for the gateway.",
    body: z.object({ user: principalName }),
    response: signInCode,
  }),
  useSignInCode: route({
    method: "POST",
    path: "/v1/internal/sign-in-codes/use",
    summary: "Begin a session with such a code; for the gateway.",
    body: z.object({ code: z.string().max(200), label: z.string().max(200), address: z.string().max(100) }),
    response: newSession,
  }),
  readIssuers: route({
    method: "GET",
    path: "/v1/internal/issuers",
    summary: "Issuers of identities by which people sign in; for the gateway.",
    query: page,
    response: pageOf(identityIssuer),
  }),
  beginBrowserSignIn: route({
    method: "POST",
    path: "/v1/internal/issuer-sign-ins",
    summary: "Begin the sign-in of a browser at an issuer; for the gateway.",
    body: z.object({ issuer: claimedName, returnTo: ownPath, address: z.string().max(100) }),
    response: z.object({
      url: z.url().describe("Where the browser goes now."),
      secret: z.string().describe("Held by the browser alone, so that nobody finishes what another has begun."),
      expiresAt: time,
    }),
  }),
  finishBrowserSignIn: route({
    method: "POST",
    path: "/v1/internal/issuer-sign-ins/finish",
    summary: "Begin a session for whom an issuer has sent back; for the gateway.",
    body: z.object({
      issuer: claimedName,
      secret: z.string().max(200),
      query: z.string().max(8000).describe("What the issuer has added to the address."),
      label: z.string().max(200),
      address: z.string().max(100),
    }),
    response: z.object({ session: newSession, returnTo: ownPath }),
  }),
  beginDeviceGrant: route({
    method: "POST",
    path: "/v1/internal/device-sign-ins",
    summary: "Begin a sign-in on another device; for the gateway.",
    body: z.object({ issuer: claimedName, address: z.string().max(100) }),
    response: deviceSignIn,
  }),
  finishDeviceGrant: route({
    method: "POST",
    path: "/v1/internal/device-sign-ins/finish",
    summary: "Begin a session for who has signed in on another device; for the gateway.",
    body: deviceSignInQuestion.extend({ address: z.string().max(100) }),
    response: deviceSignInState,
  }),
  listIdentities: route({
    method: "GET",
    path: "/v1/users/:name/identities",
    scope: "admin",
    summary: "Who a user is at issuers of identities; for administrators.",
    params: z.object({ name: principalName }),
    query: page,
    response: pageOf(issuerIdentity.extend({ createdAt: time })),
  }),
  linkIdentity: route({
    method: "POST",
    path: "/v1/users/:name/identities",
    scope: "session",
    summary: "Let whoever has this subject at an issuer sign in as the user; for administrators.",
    params: z.object({ name: principalName }),
    body: issuerIdentity,
    response: issuerIdentity.extend({ createdAt: time }),
  }),
  unlinkIdentity: route({
    method: "POST",
    path: "/v1/users/:name/identities/unlink",
    scope: "session",
    summary: "Take a way to sign in from a user, with all sessions and tokens; for administrators.",
    params: z.object({ name: principalName }),
    body: issuerIdentity,
    response: z.undefined(),
  }),
  endSessions: route({
    method: "POST",
    path: "/v1/sign-out",
    scope: "read",
    wholeAccount: true,
    summary: "End this session, or all sessions of yours.",
    body: z.object({ everywhere: z.boolean().default(false) }),
    response: z.undefined(),
  }),
};
