import { Problem } from "@rollerblade/errors";
import { attachment, type LinkMethod, type ObjectHead, type ObjectLink, verifyLink } from "@rollerblade/object-store";
import { parseInput, type ServiceContext } from "@rollerblade/service-kit";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type AskedRange, readRange } from "./byte-range.ts";
import { contentTypeOf } from "./content-type.ts";

const linkQuery = z.object({
  expires: z.coerce.number().int().catch(0),
  filename: z.string().catch(""),
  signature: z.string().catch(""),
});
const linkParams = z.object({ "*": z.string() });

/** Serves the signed links of the folder store. A link is all that one needs, and it is good for one object and one verb. */
export const serveObjects = (context: ServiceContext): void => {
  const { http, objects, settings } = context;
  const requireLink = (request: FastifyRequest, method: LinkMethod): ObjectLink => {
    const { signature, expires, filename } = parseInput(linkQuery, request.query, "query");
    const link = { method, key: parseInput(linkParams, request.params, "params")["*"], expires, filename };
    if (!verifyLink(link, signature, settings.linkSecret)) throw badLink();
    return link;
  };

  http.route({
    method: ["GET", "HEAD"],
    url: "/objects/*",
    schema: { hide: true },
    handler: async (request, reply) => {
      const link = requireLink(request, "GET");
      const head = await objects.head(link.key);
      if (head === null) throw gone(link.key);
      const range = askedRange(request, head);
      describe(reply, link, head, range);
      if (range.kind === "outside" || request.method === "HEAD") return reply.send();
      return reply.send(await objects.get(link.key, range.kind === "part" ? { range } : {}));
    },
  });

  http.register(async (scope) => {
    // Bytes are bytes, JSON too.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    scope.put("/objects/*", { schema: { hide: true } }, async (request, reply) => {
      const link = requireLink(request, "PUT");
      const stored = await objects.put(link.key, request.raw, { size: announcedSize(request) });
      return reply.header("etag", `"${stored.sha256}"`).send(stored);
    });
  });
};

const askedRange = (request: FastifyRequest, head: ObjectHead): AskedRange => {
  const condition = request.headers["if-range"];
  const changed = condition !== undefined && condition !== etagOf(head);
  return changed ? { kind: "whole" } : readRange(request.headers.range, head.size);
};

/** Nothing here is a page of ours: a browser must not guess types, run scripts, or keep scans in a shared cache. */
const describe = (reply: FastifyReply, link: ObjectLink, head: ObjectHead, range: AskedRange): void => {
  reply.headers({
    "accept-ranges": "bytes",
    "content-type": contentTypeOf(link.key),
    "content-disposition": link.filename === "" ? "inline" : attachment(link.filename),
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:",
    "cache-control": "private, no-cache",
    "referrer-policy": "no-referrer",
    // The link is what one needs, wherever it is shown.
    "cross-origin-resource-policy": "cross-origin",
    etag: etagOf(head),
    "last-modified": head.modified.toUTCString(),
  });
  if (range.kind === "whole") reply.header("content-length", head.size);
  if (range.kind === "outside") reply.code(416).header("content-range", `bytes */${head.size}`);
  if (range.kind !== "part") return;
  reply.code(206).header("content-length", range.end - range.start + 1);
  reply.header("content-range", `bytes ${range.start}-${range.end}/${head.size}`);
};

const etagOf = ({ size, modified }: ObjectHead): string => `"${size.toString(16)}-${modified.getTime().toString(16)}"`;

const announcedSize = (request: FastifyRequest): number | undefined => {
  const announced = request.headers["content-length"];
  return announced === undefined ? undefined : Number(announced);
};

const badLink = (): Problem =>
  new Problem({
    code: "forbidden",
    message: "This link is not valid, or it has expired.",
    next: "Ask for a new link where you got this one.",
  });

const gone = (key: string): Problem =>
  new Problem({
    code: "not-found",
    message: `${key.split("/").at(-1)} is not there any more.`,
    subject: key,
    next: "Ask for a new link where you got this one.",
  });
