import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import { Problem } from "@rollerblade/errors";
import type { ServiceContext } from "@rollerblade/service-kit";
import type { FastifyReply, FastifyRequest } from "fastify";
import { pagePolicy } from "./page-policy.ts";

/** What `npm run console:build` writes: `index.html`, and `assets/` whose names hold a hash of what is in them. */
const consoleFolder = new URL("../../../../console/dist/", import.meta.url);

/** A year in seconds, the longest that RFC 9111 knows of: another content has another name. */
const forever = "public, max-age=31536000, immutable";

/**
 * Serves the console: its files, and its one page at every address that a person opens and that is none of the API's. What the page shows it
 * asks by the routes that everybody has; nothing here depends on who asks.
 */
export const serveConsole = async (
  { http, log }: Pick<ServiceContext, "http" | "log">,
  { fileOrigins }: { readonly fileOrigins: string },
): Promise<void> => {
  const root = fileURLToPath(consoleFolder);
  const isBuilt = (await stat(`${root}index.html`).catch(() => null)) !== null;
  if (!isBuilt) {
    log.warn({ folder: root }, "the console was not built");
    http.get("/", { schema: { hide: true } }, async () => {
      throw notBuilt();
    });
    return;
  }
  await http.register(fastifyStatic, {
    root: `${root}assets`,
    prefix: "/assets/",
    index: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (response, path) => {
      response.header("cache-control", path.startsWith(`${root}assets`) ? forever : "no-cache");
    },
  });
  const policy = pagePolicy(fileOrigins.split(" ").filter((origin) => origin !== ""));
  const page = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    reply
      .header("content-security-policy", policy)
      .header("referrer-policy", "no-referrer")
      .sendFile("index.html", root);
  http.get("/", { schema: { hide: true } }, page);
  http.get("/icon.svg", { schema: { hide: true } }, async (_request, reply) => reply.sendFile("icon.svg", root));
  http.get("/*", { schema: { hide: true } }, async (request, reply) => {
    if (!isPageRequest(request)) return reply.callNotFound();
    return page(request, reply);
  });
};

/** Whether somebody opens an address in a browser, and no program asks for something that is not there. */
const isPageRequest = ({ url, headers }: FastifyRequest): boolean =>
  !/^\/(v1|objects|assets|docs|problems)(\/|$)/.test(url.split("?")[0] ?? "") &&
  /\btext\/html\b/.test(headers.accept ?? "");

const notBuilt = (): Problem =>
  new Problem({
    code: "not-found",
    message: "The console was not built.",
    next: "Run `npm run console:build`, and start the server again. The API is described at /docs.",
  });
