import { type LiveEvent, liveEvent, parseServerSentEvents } from "@rollerblade/client";
import { client } from "./client.ts";

/** Whether events come in: a page says so where they do not. */
export type LiveState = "connecting" | "live" | "away";

/** Milliseconds before a stream that broke is opened again, doubled up to the limit. */
const [firstRetryMs, maxRetryMs] = [1_000, 15_000];

/** What is done with the one stream of this tab. */
type Watcher = { readonly onEvent: (event: LiveEvent) => void; readonly onState: (state: LiveState) => void };

/** Reads what happens until it is stopped; a stream that broke goes on behind the last event. @returns stops it */
export const watchEvents = ({ onEvent, onState }: Watcher): (() => void) => {
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    let last: string | null = null;
    for (let delay = firstRetryMs; !stop.signal.aborted; delay = Math.min(delay * 2, maxRetryMs)) {
      onState("connecting");
      try {
        const headers: Record<string, string> = last === null ? {} : { "last-event-id": last };
        const response = await client.raw("/v1/events", { signal: stop.signal, headers });
        if (response.body === null) return;
        onState("live");
        delay = firstRetryMs;
        for await (const { id, data } of parseServerSentEvents(piecesOf(response.body))) {
          last = id ?? last;
          const parsed = liveEvent.safeParse(JSON.parse(data));
          if (parsed.success) onEvent(parsed.data);
        }
      } catch {
        // Whatever it was, it is tried again; the state is shown.
      }
      if (stop.signal.aborted) return;
      onState("away");
      await new Promise((wake) => setTimeout(wake, delay));
    }
  };
  void run();
  return () => stop.abort();
};

/** The text of a stream of bytes; not every browser can iterate over one. */
const piecesOf = async function* (body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
};
