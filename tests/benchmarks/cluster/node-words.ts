/** What a node says of a Pod, and after which of its containers. */
type Word = { readonly phase: "Pending" | "Running" | "Succeeded"; readonly ended: number; readonly starts: boolean };

const containers = ["stage-in", "analysis", "stage-out"] as const;

/**
 * The six things that a kubelet says of a Pod with three containers one after the other. That is what was counted of a real one: 260
 * changes of status for 44 such Pods, and as many questions for the Pod before them.
 */
export const nodeWords: readonly Word[] = [
  { phase: "Pending", ended: 0, starts: false },
  { phase: "Pending", ended: 0, starts: true },
  { phase: "Pending", ended: 1, starts: true },
  { phase: "Running", ended: 2, starts: true },
  { phase: "Running", ended: 3, starts: false },
  { phase: "Succeeded", ended: 3, starts: false },
];

/** One of them as the API takes it. */
export const statusOf = ({ phase, ended, starts }: Word, now: string): object => {
  const states = containers.map((name, at) => ({ ...common, name, state: stateOf(at, ended, starts, now) }));
  return {
    phase,
    startTime: now,
    ...(starts && { podIP: "10.250.0.1", podIPs: [{ ip: "10.250.0.1" }] }),
    initContainerStatuses: states.slice(0, 2),
    containerStatuses: states.slice(2),
  };
};

/** The states that are played where only the number of slices counts: that a Pod runs, and that it has succeeded. */
export const fewWords: readonly Word[] = nodeWords.filter(({ phase, ended }) => phase === "Succeeded" || ended === 2);

const common = { image: "pretended", imageID: "pretended", ready: false, restartCount: 0 } as const;

const stateOf = (at: number, ended: number, starts: boolean, now: string): object => {
  if (at < ended) return { terminated: { exitCode: 0, reason: "Completed", startedAt: now, finishedAt: now } };
  if (at === ended && starts) return { running: { startedAt: now } };
  return { waiting: { reason: "PodInitializing" } };
};
