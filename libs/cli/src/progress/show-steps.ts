import { Listr, type ListrDefaultRendererLogLevels, ListrLogger, ProcessOutput } from "listr2";
import { terminalText, write } from "../terminal/write.ts";
import { describeProgress, type Progress } from "./describe-progress.ts";

/** Reports the progress of a step. It may be called for every item, since the display is redrawn at intervals. */
export type Report = (progress: Progress) => void;

/** One step of some work: its title, and what it does; what it returns is shown beside the title when it is done. */
export type Step = { readonly title: string; readonly work: (report: Report) => Promise<string | undefined> };

/** Milliseconds between two lines about the same step where there is no terminal. */
const lineEvery = 5_000;

/**
 * Does steps one after the other and shows how far each is, on standard error: live in a terminal, elsewhere a line now
 * and then, without colours.
 * @throws what a step throws; those after it are not done
 */
export const showSteps = async (steps: readonly Step[]): Promise<void> => {
  if (process.stderr.isTTY !== true) return showLines(steps);
  const tasks = steps.map(({ title, work }) => ({
    title: terminalText(title),
    task: async (_: unknown, task: { title: string; output: string }) => {
      const result = await work(timed((text) => (task.output = terminalText(text))));
      if (result !== undefined) task.title = terminalText(`${title}: ${result}`);
    },
  }));
  // Everything that is not a result goes to standard error, also what listr2 writes.
  const processOutput = new ProcessOutput(process.stderr, process.stderr, { leaveEmptyLine: false });
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({ useIcons: true, processOutput });
  await new Listr(tasks, { rendererOptions: { logger, showErrorMessage: false, collapseErrors: true } }).run();
};

/** One step on its own. */
export const showStep = async <T>(
  title: string,
  work: (report: Report) => Promise<T>,
  result: (value: T) => string,
): Promise<T> => {
  const box: { value?: T } = {};
  const step = async (report: Report) => {
    const value = await work(report);
    box.value = value;
    return result(value);
  };
  await showSteps([{ title, work: step }]);
  if (!("value" in box)) throw new Error(`the step "${title}" did not run`);
  return box.value;
};

const showLines = async (steps: readonly Step[]): Promise<void> => {
  for (const { title, work } of steps) {
    let last = Date.now();
    const report = timed((text) => {
      if (Date.now() - last < lineEvery) return;
      last = Date.now();
      write("stderr", `${title}: ${text}\n`);
    });
    const result = await work(report);
    write("stderr", `${title}: ${result ?? "done"}\n`);
  }
};

const timed = (show: (text: string) => void): Report => {
  const started = performance.now();
  return (progress) => show(describeProgress(progress, (performance.now() - started) / 1000));
};
