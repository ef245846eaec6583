import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";
import type { RouteContext } from "@rollerblade/service-kit";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { isOurPath, objectRoute, type PathOwner, type StagedObject } from "./object-path.ts";

/** What serving objects to Pods needs. */
export type ObjectParts = {
  readonly objects: Pick<ObjectStore, "get" | "put">;
  readonly secret: string;
  /** Identifies the Pod of a request by its token. @throws Problem when its attempt does not run any more */
  readonly authorise: (request: FastifyRequest) => Promise<PathOwner>;
};

const query = z.object({
  key: z.string().min(1).max(4_096),
  size: z.coerce.number().int().min(0).nullable().default(null),
  sha256: z.string().nullable().default(null),
  signature: z.string().max(100),
});

/**
 * Passes inputs from the bucket to the Pods, and outputs back, so that a Pod needs to reach nothing but this service. Each object is
 * asked for with the token of the Pod, and only while its attempt runs; nothing that it was given is good for later.
 */
export const serveStagedObjects = ({ http }: Pick<RouteContext, "http">, parts: ObjectParts): void => {
  const { objects, secret, authorise } = parts;
  const requireObject = async (request: FastifyRequest, method: StagedObject["method"]): Promise<StagedObject> => {
    const owner = await authorise(request);
    const parsed = query.safeParse(request.query);
    const { signature = "", ...rest } = parsed.data ?? {};
    const object = parsed.success ? { method, key: "", size: null, sha256: null, ...rest } : null;
    if (object === null || !isOurPath(object, owner, signature, secret)) throw notOurs();
    return object;
  };

  http.get(objectRoute, { schema: { hide: true } }, async (request, reply) => {
    const { key } = await requireObject(request, "GET");
    // The Pod may end in the middle of it.
    const abort = new AbortController();
    reply.raw.once("close", () => abort.abort());
    reply.header("content-type", "application/octet-stream");
    return reply.send(await objects.get(key, { signal: abort.signal }));
  });

  http.register(async (scope) => {
    // Bytes are bytes, JSON too.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    scope.put(objectRoute, { schema: { hide: true } }, async (request) => {
      const { key, size, sha256 } = await requireObject(request, "PUT");
      const promised = { size: size ?? announcedSize(request), ...(sha256 !== null && { sha256 }) };
      return objects.put(key, request.raw, { ...promised, transient: true });
    });
  });
};

const announcedSize = (request: FastifyRequest): number | undefined => {
  const announced = request.headers["content-length"];
  return announced === undefined ? undefined : Number(announced);
};

const notOurs = (): Problem =>
  new Problem({ code: "forbidden", message: "This path was not given to this Pod.", subject: "signature" });
