import { auditRoutes } from "./audit-routes.ts";
import { groupRoutes } from "./groups-routes.ts";
import { resourceRoutes } from "./resources-routes.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { tokenRoutes } from "./tokens-routes.ts";
import { userRoutes } from "./users-routes.ts";

/** Everything that the service `accounts` answers. */
export const accountsRoutes = {
  ...userRoutes,
  ...signInRoutes,
  ...tokenRoutes,
  ...resourceRoutes,
  ...groupRoutes,
  ...auditRoutes,
};
