import { retryUnavailable, takesIdempotencyKey } from "@rollerblade/client";
import type { Server } from "./find-server.ts";

/**
 * A server whose calls are tried again for some seconds when a part of it is away. Changes carry an `Idempotency-Key`, so that one whose answer
 * was lost is not made twice.
 */
export const patientServer = (server: Server): Server => ({
  ...server,
  call: (route, input, conditions) => {
    const key = takesIdempotencyKey(route) ? { idempotencyKey: crypto.randomUUID() } : {};
    return retryUnavailable(() => server.call(route, input, { ...key, ...conditions }));
  },
  raw: (path, init) => (isRepeatable(init) ? retryUnavailable(() => server.raw(path, init)) : server.raw(path, init)),
});

/** A stream can be sent once only. */
const isRepeatable = (init: RequestInit | undefined): boolean => !(init?.body instanceof ReadableStream);
