import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Logger } from "@rollerblade/telemetry";

/** When and how a busy event loop is reported. */
export type EventLoopWatch = {
  /** Milliseconds between two looks. @default 10000 */
  readonly intervalMs?: number;
  /** The longest delay in milliseconds that nobody needs to know of. @default 500 */
  readonly maxDelayMs?: number;
};

/** Milliseconds between two measurements; delays are measured beyond it. */
const resolutionMs = 10;

/**
 * Logs a warning whenever something kept the event loop of the process busy for long: everybody else's requests waited for it. The same delays
 * are measured for `/metrics` as `nodejs_eventloop_lag_*`.
 * @returns what stops it
 */
export const watchEventLoop = (
  log: Logger,
  { intervalMs = 10_000, maxDelayMs = 500 }: EventLoopWatch = {},
): (() => void) => {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const timer = setInterval(() => {
    const longestMs = Math.round(delays.max / 1e6) - resolutionMs;
    const p99Ms = Math.round(delays.percentile(99) / 1e6) - resolutionMs;
    delays.reset();
    if (longestMs > maxDelayMs) log.warn({ longestMs, p99Ms, intervalMs }, "the event loop was kept busy");
  }, intervalMs).unref();
  return () => {
    clearInterval(timer);
    delays.disable();
  };
};
