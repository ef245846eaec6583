import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { changedPaths } from "./changed-paths.ts";
import { passOn } from "./event-listeners.ts";
import { type LiveState, watchEvents } from "./live-events.ts";
import { invalidate } from "./use-route.ts";

/** Milliseconds in which events are gathered before what they change is read again: two renders a second, however many there are. */
const gatherMs = 500;

/** Milliseconds after the first event for a while: what comes of one cause comes together. */
const firstMs = 50;

/**
 * Milliseconds after the last event for a while after which what it changes is read once more: services take in an event one after the other, and
 * what one of them makes of it is there a moment later than the event is here.
 */
const settleMs = 1_500;

/** Keeps everything that is shown up to date, by one stream of events a tab. */
export const useLive = (): LiveState => {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => {
    const changed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let readAt = 0;
    const unsettled = new Set<string>();
    let settling: ReturnType<typeof setTimeout> | undefined;
    const settle = (): void => {
      const paths = [...unsettled];
      unsettled.clear();
      void invalidate(queries, paths);
    };
    const readAgain = (): void => {
      timer = undefined;
      readAt = performance.now();
      const paths = [...changed];
      changed.clear();
      void invalidate(queries, paths);
    };
    const stop = watchEvents({
      onEvent: (event) => {
        passOn(event);
        for (const path of changedPaths(event.topic)) {
          changed.add(path);
          unsettled.add(path);
        }
        clearTimeout(settling);
        settling = setTimeout(settle, settleMs);
        timer ??= setTimeout(readAgain, Math.max(firstMs, readAt + gatherMs - performance.now()));
      },
      onState: setState,
    });
    return () => {
      stop();
      clearTimeout(timer);
      clearTimeout(settling);
    };
  }, [queries]);
  return state;
};
