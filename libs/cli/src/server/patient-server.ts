import { retryUnavailable } from "@rollerblade/client";
import type { Server } from "./find-server.ts";

/**
 * A server whose calls are tried again for some seconds when a part of it is away: all routes of ours may be repeated.
 */
export const patientServer = (server: Server): Server => ({
  ...server,
  call: (route, input) => retryUnavailable(() => server.call(route, input)),
  raw: (path, init) => (isRepeatable(init) ? retryUnavailable(() => server.raw(path, init)) : server.raw(path, init)),
});

/** A stream can be sent once only. */
const isRepeatable = (init: RequestInit | undefined): boolean => !(init?.body instanceof ReadableStream);
