import { setTimeout as sleep } from "node:timers/promises";
import { type LiveEvent, liveEvent, parseServerSentEvents } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { formatTime, printJsonLine, printText, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";

/** Options of `events tail`. */
export type TailOptions = Reading & {
  readonly topic?: readonly string[];
  readonly dataset?: string;
  readonly count?: number;
};

/** `events tail`: what happens from now on, until Ctrl-C; a broken connection goes on behind the last event. */
export const tailEvents = async (options: TailOptions): Promise<void> => {
  const server = await findServer();
  let last: string | null = null;
  let left = options.count ?? Number.POSITIVE_INFINITY;
  for (let broken = false; ; broken = true) {
    if (broken) await sleep(1_000);
    try {
      for await (const { id, data } of listen(server, options, last)) {
        last = id ?? last;
        show(liveEvent.parse(JSON.parse(data)), options);
        left -= 1;
        if (left <= 0) return;
      }
    } catch (error) {
      if (!isInterruption(error)) throw error;
      if (last === null && !broken) throw error;
      printMessage("The connection was lost; trying again.");
    }
  }
};

const listen = async function* (server: Server, { topic, dataset }: TailOptions, after: string | null) {
  const query = new URLSearchParams();
  if (topic !== undefined) query.set("topics", topic.join(","));
  if (dataset !== undefined) query.set("dataset", dataset);
  const headers: Record<string, string> = after === null ? {} : { "last-event-id": after };
  const response = await server.raw(`/v1/events?${query}`, { headers: { accept: "text/event-stream", ...headers } });
  if (response.body === null) return;
  yield* parseServerSentEvents(response.body.pipeThrough(new TextDecoderStream()));
};

const show = (event: LiveEvent, { json }: Reading): void => {
  if (json === true) printJsonLine(event);
  else printText(`${formatTime(event.time)}  ${event.topic.padEnd(22)} ${event.dataset ?? "–"}  ${gist(event)}`);
};

/** The short values of a message; the rest is seen with `--json`. */
const gist = ({ message }: LiveEvent): string =>
  Object.entries(message)
    .flatMap(([name, value]) =>
      typeof value === "object" || name === "dataset" ? [] : [`${name}=${String(value).slice(0, 80)}`],
    )
    .join(" ");

const isInterruption = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof Problem && error.code === "unavailable");
