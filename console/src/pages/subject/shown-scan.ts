import type { catalogRoutes, RouteOutput } from "@rollerblade/client";

/** All that is known of one scan. */
export type ShownScan = RouteOutput<typeof catalogRoutes.listScans>["items"][number];
