import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { catalogRoutes, type HttpClient, retryUnavailable, routerRoutes, schedulerRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { importDataset, uploadScan } from "@rollerblade/transfer";
import type { Random } from "../chaos/random.ts";
import { documents, writeAnalyses } from "./analyses.ts";
import type { HistoryWorld } from "./history-world.ts";
import { badValue, image, imageOf, type Person, type Study, writeStudy } from "./study.ts";

/** Name of the dataset of every history. */
export const dataset = "study";

/** Name of its pipeline document. */
const documentName = "pipeline";

/** Milliseconds in which a world comes to rest: what a killed process held is delivered again after a while. */
export const restMs = 180_000;

/** What a history has come to: all that a fresh system needs to be given the same. */
export type Inputs = { readonly study: Study; readonly document: number };

/** Starts a new world and creates the analyses in it. */
export const startWorld = async (world: HistoryWorld): Promise<void> => {
  await world.up();
  for (const path of await writeAnalyses(join(world.folder, "analyses"))) {
    const body = { manifest: await readFile(path, "utf8"), folder: dirname(path) };
    await world.api().call(schedulerRoutes.createAnalysis, { body });
  }
};

/** Gives a world the inputs, as its last step or as its only one. */
export const giveInputs = async (world: HistoryWorld, { study, document }: Inputs): Promise<void> => {
  const directory = folderOf(world);
  await writeStudy(directory, study);
  await importDataset({ client: world.api(), directory, dataset, mode: "mirror", force: true });
  await apply(world, document);
};

/** What may happen in a history. A step that changes only the folder is seen by the next import. */
type Step = (history: History) => unknown;

type History = {
  readonly world: HistoryWorld;
  readonly random: Random;
  readonly people: Map<string, Person>;
  /** Labels are never used twice: a deleted person does not come back by an import. */
  nextLabel: number;
  document: number;
  readonly log: string[];
};

const steps: Readonly<Record<string, { readonly weight: number; readonly step: Step }>> = {
  "add a person": { weight: 4, step: (history) => void addPerson(history) },
  "add a run": {
    weight: 4,
    step: (history) => changeRuns(history, (runs) => runs.set(runs.size + 1, newValue(history))),
  },
  "replace an image": {
    weight: 6,
    step: (history) => changeRuns(history, (runs) => runs.set(pick(history, [...runs.keys()]), newValue(history))),
  },
  "remove an image": {
    weight: 2,
    step: (history) => changeRuns(history, (runs) => runs.size > 1 && runs.delete(Math.max(...runs.keys()))),
  },
  "correct an age": {
    weight: 4,
    step: (history) => changePerson(history, (person) => ({ ...person, age: 10 + whole(history, 50) })),
  },
  import: { weight: 8, step: importStudy },
  "import and kill": { weight: 3, step: (history) => disturbed(history, (signal) => importStudy(history, signal)) },
  "upload an image": { weight: 4, step: uploadImage },
  "apply a document": { weight: 4, step: applyDocument },
  "apply and kill": { weight: 2, step: (history) => disturbed(history, () => applyDocument(history)) },
  "cancel a run": { weight: 3, step: cancelRun },
  "retry the document": {
    weight: 2,
    step: (history) =>
      attempted(history, (api) => api.call(routerRoutes.retryPipeline, { params: { name: documentName }, body: {} })),
  },
  "delete a person": { weight: 2, step: deletePerson },
  "delete the dataset": { weight: 1, step: deleteDataset },
  "kill -9": { weight: 3, step: kill },
  restart: {
    weight: 1,
    step: async ({ world }) => {
      await world.down();
      await world.up();
    },
  },
  wait: { weight: 4, step: (history) => sleep(whole(history, 1_500)) },
};

/**
 * Lets a person work for `count` random steps on a new world, with processes killed in between, and gives back what its inputs are in
 * the end; they were given once more, and all that was cancelled was asked for again. `log` gets a line a step as it begins, so that
 * it tells of a history that failed or never ended, too.
 * The same random numbers make the same steps; what they meet depends on how fast the machine is.
 */
export const randomHistory = async (
  world: HistoryWorld,
  random: Random,
  count: number,
  log: string[],
): Promise<Inputs> => {
  await startWorld(world);
  const history: History = { world, random, people: new Map(), nextLabel: 1, document: 0, log };
  for (let at = 0; at < 3; at++) addPerson(history);
  const names = Object.entries(steps).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));
  await importStudy(history);
  await apply(world, 0);
  for (let at = 0; at < count; at++) {
    const name = pick(history, names);
    log.push(name);
    await steps[name]?.step(history);
  }
  const inputs: Inputs = { study: history.people, document: history.document };
  await giveInputs(world, inputs);
  await world.api().call(routerRoutes.retryPipeline, { params: { name: documentName }, body: {} });
  return inputs;
};

const folderOf = (world: HistoryWorld): string => join(world.folder, dataset);

/** What came of a step: it was done, or refused with this code. */
type Outcome = "done" | Problem["code"];

/**
 * Asks the server for something that it may refuse, for example since what it names is being deleted; it must not fail otherwise.
 */
const attempted = async ({ world, log }: History, work: (api: HttpClient) => Promise<unknown>): Promise<Outcome> => {
  try {
    await work(world.api());
    return "done";
  } catch (error) {
    const problem = Problem.from(error);
    log.push(`  ${problem.code}: ${problem.message}`);
    if (problem.code === "internal") throw error;
    return problem.code;
  }
};

const whole = ({ random }: Pick<History, "random">, below: number): number => Math.floor(random() * below);

const pick = <Item>(history: Pick<History, "random">, items: readonly Item[]): Item => {
  const item = items[whole(history, items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
};

/** One in eight images is refused by the analysis. */
const newValue = (history: History): number => (whole(history, 8) === 0 ? badValue : 1 + whole(history, badValue - 1));

const addPerson = (history: History): void => {
  const label = String(history.nextLabel++).padStart(2, "0");
  history.people.set(label, { age: 10 + whole(history, 50), runs: new Map([[1, newValue(history)]]) });
};

const changePerson = (history: History, change: (person: Person) => Person): void => {
  const label = pick(history, [...history.people.keys()]);
  const person = history.people.get(label);
  if (person !== undefined) history.people.set(label, change(person));
};

const changeRuns = (history: History, change: (runs: Map<number, number>) => unknown): void =>
  changePerson(history, (person) => {
    const runs = new Map(person.runs);
    change(runs);
    return { ...person, runs };
  });

async function importStudy(history: History, signal?: AbortSignal): Promise<void> {
  const directory = folderOf(history.world);
  await writeStudy(directory, history.people);
  await attempted(history, (client) =>
    importDataset({ client, directory, dataset, mode: "mirror", force: true, ...(signal !== undefined && { signal }) }),
  );
}

async function uploadImage(history: History): Promise<void> {
  const label = pick(history, [...history.people.keys()]);
  const value = newValue(history);
  const file = join(history.world.folder, "upload.nii.gz");
  await writeFile(file, image(value));
  const files = [{ location: file, path: imageOf(label, 1) }];
  if ((await attempted(history, (client) => uploadScan({ client, dataset, files }))) !== "done") return;
  const person = history.people.get(label);
  if (person !== undefined) history.people.set(label, { ...person, runs: new Map([...person.runs, [1, value]]) });
}

async function applyDocument(history: History): Promise<void> {
  history.document = whole(history, documents.length);
  // Killed in the middle: whether it is in force is found by applying it again at the end.
  await attempted(history, () => apply(history.world, history.document));
}

const apply = async (world: HistoryWorld, document: number): Promise<void> => {
  const body = { source: documents[document] ?? "" };
  await world.api().call(routerRoutes.applyPipeline, { params: { name: documentName }, body });
};

async function cancelRun(history: History): Promise<void> {
  // A run that ended meanwhile is refused.
  await attempted(history, async (api) => {
    const { items } = await api.call(schedulerRoutes.listRuns, { query: {} });
    const open = items.filter(({ state }) => state !== "finished");
    if (open.length > 0) await api.call(schedulerRoutes.cancelRun, { params: { id: pick(history, open).id } });
  });
}

async function deletePerson(history: History): Promise<void> {
  if (history.people.size < 3) return;
  const label = pick(history, [...history.people.keys()]);
  const params = { dataset, subject: label };
  // Nobody knows whether a request without an answer was received: it is made again until there is one.
  const outcome = await attempted(history, (api) =>
    retryUnavailable(async () => {
      const { id } = await api.call(catalogRoutes.deleteSubject, { params });
      await deleted(history, api, id);
    }),
  );
  if (outcome === "unavailable") throw new Error(`Whether sub-${label} is deleted is unknown: nobody answers.`);
  if (outcome === "done" || outcome === "not-found") history.people.delete(label);
}

/** Deletes the dataset and, at once, imports it again: the new life must lose nothing to the deletion of the old one. */
async function deleteDataset(history: History): Promise<void> {
  await attempted(history, async (api) => {
    const { id } = await api.call(catalogRoutes.deleteDataset, { params: { dataset } });
    await deleted(history, api, id);
  });
  await importStudy(history);
}

/** Waits for the end of a deletion, as the command does, or, every second time, does not. */
const deleted = async (history: History, api: HttpClient, deletion: string): Promise<void> => {
  if (whole(history, 2) === 0) return;
  const isOpen = async (): Promise<boolean> =>
    (await api.call(catalogRoutes.showDeletion, { params: { dataset, deletion } })).finishedAt === null;
  for (const deadline = Date.now() + restMs; await isOpen(); await sleep(50))
    if (Date.now() > deadline) throw new Error(`Deletion ${deletion} did not end in ${restMs / 1_000} s.`);
};

async function kill(history: History): Promise<void> {
  const { world } = history;
  await world.kill();
  await world.up();
}

/** Kills the server somewhere in the first second of the work, and starts it again. */
async function disturbed(history: History, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const working = work(stop.signal).catch(
    (error: unknown) => void history.log.push(`  ${String(error).split("\n")[0]}`),
  );
  await Promise.race([working, sleep(whole(history, 1_000))]);
  await history.world.kill();
  // The server comes back at another port.
  stop.abort();
  await working;
  await history.world.up();
}
