import { z } from "zod";
import { pageOf } from "../page-schemas.ts";
import { route } from "../route.ts";
import { memberName, page, principalName, time } from "./names.ts";

/** People who are given something together. */
export const group = z.object({
  name: principalName,
  displayName: z.string(),
  owner: principalName.describe("Adds and removes members, and deletes the group."),
  claim: z
    .string()
    .nullable()
    .describe(
      "The issuer and the value in its group claim (`uni:/neuro/staff`) that make somebody a member at each sign-in; null where there are none.",
    ),
  createdAt: time,
});
export type Group = z.output<typeof group>;

/** Somebody in a group. */
export const groupMember = z.object({
  member: memberName,
  source: z
    .enum(["local", "claim"])
    .describe("`claim` for whom the issuer's group claim has added, and takes out again."),
  addedBy: z.string(),
  addedAt: time,
});
export type GroupMember = z.output<typeof groupMember>;

/** An issuer by its name in the settings, a colon, and a value of its group claim as it writes them: names, paths, UUIDs. */
const claimValue = z
  .string()
  .max(250)
  .regex(/^[a-z0-9][a-z0-9-]{0,30}:.+$/, "the name of an issuer, a colon, and a value of its group claim");

/** Routes of groups. */
export const groupRoutes = {
  listGroups: route({
    method: "GET",
    path: "/v1/groups",
    wholeAccount: true,
    summary: "Groups that you own or are in, by name; all of them for administrators.",
    query: page,
    response: pageOf(group),
  }),
  createGroup: route({
    method: "POST",
    path: "/v1/groups",
    scope: "admin",
    wholeAccount: true,
    summary: "Make a group, which is yours. Members from an issuer's group claim are for administrators to set up.",
    body: z.object({
      name: principalName,
      displayName: z.string().max(200).default(""),
      claim: claimValue.nullable().default(null),
    }),
    response: group,
  }),
  getGroup: route({
    method: "GET",
    path: "/v1/groups/:name",
    wholeAccount: true,
    summary: "A group; for its owner and its members.",
    params: z.object({ name: principalName }),
    response: group,
  }),
  changeGroup: route({
    method: "PATCH",
    path: "/v1/groups/:name",
    scope: "admin",
    wholeAccount: true,
    summary: "Rename what a group is shown as, or make somebody else its owner; for its owner.",
    params: z.object({ name: principalName }),
    body: z.object({
      displayName: z.string().max(200).optional(),
      owner: principalName.optional(),
      claim: claimValue.nullable().optional().describe("For administrators."),
    }),
    response: group,
  }),
  deleteGroup: route({
    method: "DELETE",
    path: "/v1/groups/:name",
    scope: "admin",
    wholeAccount: true,
    summary: "Delete a group, with all that was granted to it; for its owner.",
    params: z.object({ name: principalName }),
    response: z.undefined(),
  }),
  listGroupMembers: route({
    method: "GET",
    path: "/v1/groups/:name/members",
    wholeAccount: true,
    summary: "Who is in a group; for its owner and its members.",
    params: z.object({ name: principalName }),
    query: page,
    response: pageOf(groupMember),
  }),
  addGroupMember: route({
    method: "PUT",
    path: "/v1/groups/:name/members/:member",
    scope: "admin",
    wholeAccount: true,
    summary: "Add a user, or a group whose members are all users; for the group's owner. It counts at once.",
    params: z.object({ name: principalName, member: memberName }),
    response: groupMember,
  }),
  removeGroupMember: route({
    method: "DELETE",
    path: "/v1/groups/:name/members/:member",
    scope: "admin",
    wholeAccount: true,
    summary: "Take a member out, at once; for the group's owner, and for whoever leaves.",
    params: z.object({ name: principalName, member: memberName }),
    response: z.undefined(),
  }),
};
