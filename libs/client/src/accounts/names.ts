import { z } from "zod";
import { pageQuery } from "../page-schemas.ts";

/** What a user, a service or a group is called; it never changes. */
export const principalName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,62}$/, "1 to 63 of a-z, 0-9 and . _ @ -, a letter or digit first");

/** What can be owned and granted. */
export const resourceKind = z.enum(["dataset", "analysis", "query", "pipeline", "asset"]);

/** A user by name, or a group as `group:NAME`: a member of a group. */
export const memberName = z
  .string()
  .regex(/^(group:)?[a-z0-9][a-z0-9._@-]{0,62}$/, "the name of a user, or group: and the name of a group");

/** Names of pipeline documents may hold dots, as those of ConfigMaps do. */
export const resourceName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "1 to 63 letters, digits, ., - and _, a letter or digit first");

/** One thing that is owned. */
export const resource = z.object({ kind: resourceKind, name: resourceName });

/** The query of a list that comes in pages. */
export const page = z.object(pageQuery());

/** A moment as RFC 3339 writes it, in UTC. */
export const time = z.iso.datetime();
