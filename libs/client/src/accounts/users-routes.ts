import { z } from "zod";
import { pageOf } from "../page-schemas.ts";
import { route } from "../route.ts";
import { page, principalName, time } from "./names.ts";
import { tokenInfo } from "./tokens-routes.ts";

/** Somebody or something that has tokens. */
export const user = z.object({
  name: principalName,
  displayName: z.string(),
  admin: z.boolean().describe("May do everything."),
  kind: z.enum(["person", "service"]),
  createdAt: time,
  disabledAt: time.nullable().describe("Since then its tokens are worth nothing."),
});
export type User = z.output<typeof user>;

/** Routes of users. */
export const userRoutes = {
  me: route({
    method: "GET",
    path: "/v1/me",
    summary: "Who this token belongs to, and what it lets them do.",
    response: z.object({
      name: z.string(),
      admin: z.boolean(),
      groups: z.array(z.string()).describe("Groups that they are in."),
      token: tokenInfo.nullable().describe("Null for the services themselves."),
    }),
  }),
  listUsers: route({
    method: "GET",
    path: "/v1/users",
    scope: "admin",
    summary: "All users, by name; for administrators.",
    query: page,
    response: pageOf(user),
  }),
  getUser: route({
    method: "GET",
    path: "/v1/users/:name",
    scope: "admin",
    summary: "A user; for administrators.",
    params: z.object({ name: principalName }),
    response: user,
  }),
  createUser: route({
    method: "POST",
    path: "/v1/users",
    scope: "admin",
    summary: "Make a user; for administrators.",
    body: z.object({
      name: principalName,
      displayName: z.string().max(200).default(""),
      admin: z.boolean().default(false),
      kind: z.enum(["person", "service"]).default("person"),
    }),
    response: user,
  }),
  changeUser: route({
    method: "PATCH",
    path: "/v1/users/:name",
    scope: "admin",
    summary: "Disable or enable a user, or make one an administrator; for administrators.",
    params: z.object({ name: principalName }),
    body: z.object({
      displayName: z.string().max(200).optional(),
      admin: z.boolean().optional(),
      disabled: z.boolean().optional(),
    }),
    response: user,
  }),
  resetPassword: route({
    method: "POST",
    path: "/v1/users/:name/reset-password",
    scope: "session",
    summary:
      "Give a user a one-time secret to choose a password with, and end all their sessions and tokens; for administrators.",
    params: z.object({ name: principalName }),
    response: z.object({ secret: z.string(), expiresAt: time }),
  }),
};
