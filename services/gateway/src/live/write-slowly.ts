import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** Milliseconds that a reader may take nothing before its view is ended; it may come back and go on where it was. */
const timeoutMs = 60_000;

/** Writes, and waits when the reader is slow, so that nothing piles up here. @throws when the reader is gone or too slow */
export const writeSlowly = async (response: ServerResponse, text: string, signal: AbortSignal): Promise<void> => {
  if (response.write(text)) return;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  await once(response, "drain", { signal: limit });
};
