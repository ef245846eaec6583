import { Problem } from "@rollerblade/errors";

/** Limits of a {@link FairQueue}. */
export type FairQueueLimits = {
  /** Works at once in all. */
  readonly maxRunning: number;
  /** Works at once of one person. */
  readonly maxRunningPerPerson: number;
  /** Works of one person that may wait; one more is refused. */
  readonly maxWaitingPerPerson: number;
};

/** Lets people share something scarce, such as connections to a database. */
export type FairQueue = {
  /**
   * Does a work when it is its person's turn.
   * @throws Problem `too-many-requests` when too many of this person wait already, and whatever the work throws
   */
  run<T>(person: string, work: () => Promise<T>): Promise<T>;
};

type Line = { running: number; readonly waiting: (() => void)[] };

/**
 * Makes a queue in which people take turns: whoever asks a hundred questions waits for them alone, and the one question of somebody else
 * begins as soon as anything ends.
 */
export const createFairQueue = ({
  maxRunning,
  maxRunningPerPerson,
  maxWaitingPerPerson,
}: FairQueueLimits): FairQueue => {
  // In the order of turns: whoever was served goes to the end.
  const lines = new Map<string, Line>();
  let running = 0;

  const next = (): void => {
    for (const [person, line] of lines) {
      if (running >= maxRunning) return;
      if (line.running >= maxRunningPerPerson) continue;
      const begin = line.waiting.shift();
      if (begin === undefined) continue;
      lines.delete(person);
      lines.set(person, line);
      line.running += 1;
      running += 1;
      begin();
    }
  };

  const enter = (person: string): Promise<void> => {
    const line = lines.get(person) ?? { running: 0, waiting: [] };
    lines.set(person, line);
    if (line.waiting.length >= maxWaitingPerPerson) throw tooManyRequests("questions of yours are waiting", 1);
    return new Promise((resolve) => {
      line.waiting.push(resolve);
      next();
    });
  };

  const leave = (person: string): void => {
    const line = lines.get(person);
    running -= 1;
    if (line !== undefined) {
      line.running -= 1;
      if (line.running === 0 && line.waiting.length === 0) lines.delete(person);
    }
    next();
  };

  return {
    async run(person, work) {
      await enter(person);
      try {
        return await work();
      } finally {
        leave(person);
      }
    },
  };
};

/** The refusal of one request too many; `seconds` is when another one may pass, and becomes `Retry-After`. */
export const tooManyRequests = (what: string, seconds: number): Problem =>
  new Problem({
    code: "too-many-requests",
    message: `Too many ${what}.`,
    next: `Try again in ${seconds} s.`,
    retryAfterSeconds: seconds,
  });
