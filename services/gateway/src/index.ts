import { defineService, limitRequests } from "@rollerblade/service-kit";
import { z } from "zod";
import { auditRequests } from "./audit/audit-requests.ts";
import { serveConsole } from "./console/serve-console.ts";
import { serveDeadLetters } from "./dead-letters/serve-dead-letters.ts";
import { forward } from "./forward.ts";
import { serveEvents } from "./live/serve-events.ts";
import { natsOf } from "./nats.ts";
import { serveObjects } from "./objects/serve-objects.ts";
import { serveReports } from "./reports/serve-reports.ts";
import { requireOwnHost } from "./require-own-host.ts";
import { serveSearch } from "./search/serve-search.ts";
import { serveDocs } from "./serve-docs.ts";
import { serveProblems } from "./serve-problems.ts";
import { serveStatus } from "./serve-status.ts";
import { acceptCookies } from "./sign-in/accept-cookies.ts";
import { markUsed } from "./sign-in/mark-used.ts";
import { serveIssuers } from "./sign-in/serve-issuers.ts";
import { serveLinks } from "./sign-in/serve-links.ts";
import { serveSignIn } from "./sign-in/serve-sign-in.ts";

const config = z.object({
  requestsPerSecond: z.coerce
    .number()
    .positive()
    .default(500)
    .describe(
      "Requests that one person may make per second, on average over ten seconds; counted by each replica. More are answered with 429.",
    ),
  badTokensPerMinute: z.coerce
    .number()
    .positive()
    .default(60)
    .describe(
      "Unknown, revoked or expired tokens that one address may show per minute; counted by each replica. More are refused without a look into the database.",
    ),
  viewsPerPerson: z.coerce
    .number()
    .int()
    .positive()
    .default(20)
    .describe("Live views of events that one person may have open at once at each replica."),
  fileOrigins: z
    .string()
    .default("")
    .describe(
      "Origins from which the pages of the console may load scans beside the gateway, separated by spaces: that of the bucket's `publicEndpoint`, like `https://files.example.org`. The bucket has to allow it (CORS).",
    ),
});

/** The one HTTP door: every service's routes, links of objects, what happens, and how everything is. */
export const gateway = defineService({
  name: "gateway",
  config,
  database: null,
  async start(context) {
    const nats = natsOf(context);
    requireOwnHost(context);
    acceptCookies(context);
    await limitRequests(context, context.config, (token) => markUsed(context, token));
    serveSignIn(context);
    serveIssuers(context);
    serveLinks(context);
    await limitRequests(context, context.config);
    auditRequests(context);
    serveObjects(context);
    serveEvents(context, nats, context.config);
    serveDeadLetters(context, nats);
    serveStatus(context, nats);
    serveSearch(context);
    serveReports(context);
    serveProblems(context);
    await serveDocs(context);
    await serveConsole(context, context.config);
    await forward(context);
  },
});
