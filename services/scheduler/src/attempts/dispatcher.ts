import { type AttemptOutcome, cappedTo, type Executor, type Room } from "@rollerblade/executors";
import type { ServiceContext } from "@rollerblade/service-kit";
import { versionKey } from "../analyses/known-analyses.ts";
import { crashPoint } from "../crash-points.ts";
import type { QueuedExecution } from "./choose-fitting.ts";
import { type Claiming, claimAttempts } from "./claim-attempts.ts";
import type { FinishAttempt } from "./finish-attempts.ts";
import { createLookAhead } from "./look-ahead.ts";
import type { ClaimedAttempt } from "./read-attempts.ts";
import { type Supervising, superviseAttempt } from "./supervise-attempt.ts";

/** What dispatching needs. */
type Dispatching = Claiming &
  Supervising &
  Pick<ServiceContext, "log" | "trigger"> & { readonly config: DispatchSettings };

/** Settings of the scheduler; see `config.ts`. */
type DispatchSettings = {
  readonly executor: "local" | "kubernetes";
  readonly cpus: number;
  readonly memory: number;
  readonly batchMilliseconds: number;
};

/** Runs attempts in this replica. */
export type Dispatcher = {
  /** Claims attempts for the room that is free, and starts them. */
  dispatch(): Promise<void>;
  /** Observes an attempt that another replica started, until its end. */
  adopt(claimed: ClaimedAttempt): void;
  /** Ids of the attempts in flight. */
  attempts(): readonly string[];
  /** Ends an attempt in flight; others are left alone. */
  cancel(attempt: string): Promise<void>;
  /** Waits until nothing is in flight that ends with this process. */
  settled(): Promise<void>;
};

/** In a cluster the next claim waits while more than this share of all Pods is in flight: there is hardly room to fill. */
const fullShare = 0.9;

/**
 * Creates the dispatcher, which keeps the machine busy: each attempt that ends triggers the next claim. While attempts are very short,
 * some are claimed ahead (see `look-ahead.ts`), so that their inputs lie ready when there is room and one claim serves many.
 */
export const createDispatcher = (
  scheduler: Dispatching,
  executorFor: (code: string) => Executor,
  finish: FinishAttempt,
): Dispatcher => {
  const { config, log, signal } = scheduler;
  const whole: Room = { cpu: config.cpus, memory: config.memory };
  const inCluster = config.executor === "kubernetes";
  const ahead = createLookAhead();
  const inFlight = new Map<string, InFlight>();
  let triggering: NodeJS.Timeout | undefined;

  const triggerDispatch = (version: string): void => {
    if (signal.aborted) return;
    if (!inCluster) {
      if (ahead.worthClaiming(version, inFlight.size)) scheduler.trigger("dispatch");
      return;
    }
    // A few large Jobs rather than one for every Pod that has ended.
    if (triggering !== undefined || inFlight.size > fullShare * config.pods) return;
    triggering = setTimeout(() => {
      triggering = undefined;
      if (!signal.aborted) scheduler.trigger("dispatch");
    }, config.batchMilliseconds).unref();
  };
  const start = (claimed: ClaimedAttempt, adopted: boolean): void => {
    const { attempt } = claimed;
    const begin = performance.now();
    const executor = executorFor(attempt.code);
    const version = versionKey(attempt.manifest.name, attempt.manifest.version);
    const release = (outcome: AttemptOutcome | null): void => {
      inFlight.delete(attempt.id);
      if (outcome !== "cancelled") ahead.ended(version, performance.now() - begin);
      triggerDispatch(version);
    };
    const done = superviseAttempt(scheduler, { executor, finish, release }, claimed, adopted).catch((error: unknown) =>
      log.error({ err: error, attempt: attempt.id }, "an attempt's end could not be written; its lease will run out"),
    );
    const asked = { cpu: attempt.manifest.resources.cpu, memory: attempt.memory };
    const needs = claimed.alone ? whole : cappedTo(whole, asked);
    inFlight.set(attempt.id, { version, needs, executor, done });
  };
  return {
    async dispatch() {
      if (signal.aborted) return;
      const kindOf = (code: string): string => executorFor(code).kind;
      // Beside an attempt that takes long nothing is claimed ahead: its room is not free in a moment.
      const allShort = [...inFlight.values()].every(({ version }) => ahead.share(version) > 0);
      const aheadOf = ({ analysis, version }: QueuedExecution): number =>
        allShort ? ahead.share(versionKey(analysis, version)) : 0;
      const machine = inCluster ? null : { whole, used: sumOf(inFlight.values()), ahead: aheadOf };
      const claimed = await claimAttempts(scheduler, kindOf, machine);
      if (claimed.length > 0) crashPoint("attempt.claimed");
      for (const one of claimed) start(one, false);
      ahead.claimed(inFlight.size);
    },
    adopt: (claimed) => start(claimed, true),
    attempts: () => [...inFlight.keys()],
    async cancel(attempt) {
      await inFlight.get(attempt)?.executor.cancel(attempt);
    },
    async settled() {
      const ending = [...inFlight.values()].filter(({ executor }) => !executor.outlivesUs);
      await Promise.all(ending.map(({ done }) => done));
    },
  };
};

/** An attempt that runs here, or that a cluster runs for us. */
type InFlight = {
  /** Of its analysis; see `versionKey`. */
  readonly version: string;
  readonly needs: Room;
  readonly executor: Executor;
  readonly done: Promise<void>;
};

const sumOf = (inFlight: Iterable<{ readonly needs: Room }>): Room => {
  let [cpu, memory] = [0, 0];
  for (const { needs } of inFlight) [cpu, memory] = [cpu + needs.cpu, memory + needs.memory];
  return { cpu, memory };
};
