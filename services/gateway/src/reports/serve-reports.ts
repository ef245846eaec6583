import { Readable } from "node:stream";
import { catalogRoutes, gatewayRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, parseInput, type ServiceContext } from "@rollerblade/service-kit";
import { z } from "zod";
import { reportHeaders } from "./report-headers.ts";
import { readTicket, writeTicket } from "./report-ticket.ts";

/** Seconds that an address is good for, as a link to an object is. */
const expirySeconds = 300;

const reportParams = z.object({ ticket: z.string(), "*": z.string() });

/** Serves reports and figures of analyses as pages that reach nothing else. Each file is asked for as the person whose ticket it is. */
export const serveReports = (context: ServiceContext): void => {
  const { http, peer, settings } = context;
  implement(context, gatewayRoutes.openReport, async ({ principal, query: { dataset, path } }) => {
    await peer("catalog", principal).call(catalogRoutes.linkFile, { query: { dataset, path } });
    const expires = Math.floor(Date.now() / 1000) + expirySeconds;
    const { name, limits } = principal;
    const person = { name, ...(limits === undefined ? {} : { limitedToken: limits.token }) };
    const ticket = writeTicket({ ...person, dataset, folder: folderOf(path), expires }, settings.linkSecret);
    const address = `/reports/${ticket}/${path.split("/").map(encodeURIComponent).join("/")}`;
    return { address, expiresAt: new Date(expires * 1000).toISOString() };
  });

  http.get("/reports/:ticket/*", { schema: { hide: true } }, async (request, reply) => {
    const { ticket: segment, "*": path } = parseInput(reportParams, request.params, "params");
    const ticket = readTicket(segment, settings.linkSecret);
    if (ticket === null || !path.startsWith(ticket.folder)) throw noReport();
    const { name, limitedToken, dataset } = ticket;
    const limits = limitedToken === undefined ? undefined : { token: limitedToken };
    const query = new URLSearchParams({ dataset, path });
    const file = await peer("catalog", { name, limits }).raw(`${catalogRoutes.readFile.path}?${query}`);
    const isFramed = request.headers["sec-fetch-dest"] === "iframe";
    // The deny of all other answers would keep the console from framing it, and pages of one origin ask for one kind of agent cluster.
    for (const name of ["x-frame-options", "origin-agent-cluster"]) reply.removeHeader(name);
    reply.headers(reportHeaders({ path, place: `${request.host}/reports/${segment}/`, isFramed }));
    return reply.send(file.body === null ? "" : Readable.fromWeb(file.body));
  });
};

/** What a report may show lies in its derivative dataset, or in its own folder. @example `derivatives/report-1.0.0/` */
const folderOf = (path: string): string =>
  /^derivatives\/[^/]+\//.exec(path)?.[0] ?? path.slice(0, path.lastIndexOf("/") + 1);

const noReport = (): Problem =>
  new Problem({
    code: "forbidden",
    message: "This address is not valid, or it has expired.",
    next: "Open the report again where you got this address.",
  });
