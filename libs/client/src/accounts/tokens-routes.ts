import { z } from "zod";
import { pageOf } from "../page-schemas.ts";
import { route } from "../route.ts";
import { tokenScopes } from "../token-scopes.ts";
import { page, principalName, resource, time } from "./names.ts";

/** What a token lets its user do, the weakest first; each may do what the ones before it may. */
export const tokenScope = z.enum(tokenScopes);

/** A token without its secret, which is shown once, when it is created. */
export const tokenInfo = z.object({
  id: z.uuid(),
  user: principalName,
  label: z.string(),
  kind: z
    .enum(["session", "personal", "service", "settings"])
    .describe("How it came to be: by a sign-in, made by a person or for a service, or from the settings."),
  scope: tokenScope,
  resources: z
    .array(resource)
    .nullable()
    .describe(
      "What it is limited to, by the names that it has now; null where it is good for everything that its user may use.",
    ),
  createdAt: time,
  expiresAt: time.nullable(),
  usedAt: time.nullable().describe("When it was used last, to the minute."),
  revokedAt: time.nullable(),
});
export type TokenInfo = z.output<typeof tokenInfo>;

/** Resources to which one token may be limited. */
const maxTokenResources = 100;

/** Routes of tokens. */
export const tokenRoutes = {
  listTokens: route({
    method: "GET",
    path: "/v1/tokens",
    scope: "session",
    summary: "Your tokens, or those of a user for administrators, without the tokens themselves.",
    query: page.extend({ user: principalName.optional() }),
    response: pageOf(tokenInfo),
  }),
  createToken: route({
    method: "POST",
    path: "/v1/tokens",
    scope: "session",
    summary: "Make a token for yourself, or for a user as an administrator. It is shown this once.",
    body: z.object({
      label: z.string().min(1).max(200),
      user: principalName.optional(),
      scope: tokenScope.default("admin"),
      expiresInDays: z.int().min(1).max(365).default(90).describe("Days until it is worth nothing."),
      resources: z
        .array(resource)
        .min(1)
        .max(maxTokenResources)
        .optional()
        .describe(
          "Limits it to these, on which its user must have a role. By default everything that its user may use.",
        ),
    }),
    response: tokenInfo.extend({ token: z.string() }),
  }),
  revokeToken: route({
    method: "DELETE",
    path: "/v1/tokens/:id",
    summary: "Make a token worth nothing, at once.",
    params: z.object({ id: z.uuid() }),
    response: tokenInfo,
  }),
};
