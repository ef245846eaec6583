import { setTimeout as sleep } from "node:timers/promises";
import { catalogRoutes } from "@rollerblade/client";
import { confirm } from "../confirm.ts";
import { printMessage } from "../messages.ts";
import { printJson, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { textsThatName } from "./texts-that-name.ts";

type Deleting = Reading & { readonly yes?: boolean };
type Deletion = { readonly id: string; readonly dataset: string; readonly finishedAt: string | null };

/** Runs `dataset delete NAME` and waits until nothing of it is left, objects included. */
export const deleteDataset = async (dataset: string, { json, yes }: Deleting): Promise<void> => {
  const server = await findServer();
  await server.call(catalogRoutes.showDataset, { params: { dataset } });
  await confirm(`Delete the dataset ${dataset} with everything derived from it?`, yes);
  const deletion = await server.call(catalogRoutes.deleteDataset, { params: { dataset } });
  const gone = await finished(server, deletion);
  if (json === true) printJson(gone);
  else printMessage(`The dataset ${dataset} is gone, with everything derived from it.`);
};

/** Runs `subject delete DATASET SUBJECT` and waits until nothing of the subject is left. */
export const deleteSubject = async (dataset: string, label: string, { json, yes }: Deleting): Promise<void> => {
  const subject = label.replace(/^sub-/, "");
  const server = await findServer();
  await confirm(`Delete sub-${subject} of ${dataset} with everything derived from it?`, yes);
  const begun = await server.call(catalogRoutes.deleteSubject, { params: { dataset, subject } });
  const deletion = await finished(server, begun);
  const namedIn = await textsThatName(server, subject);
  if (json === true) return printJson({ ...deletion, namedIn });
  printMessage(`sub-${subject} of ${dataset} is gone, with everything derived from it.`);
  if (namedIn.length === 0) return;
  const texts = namedIn.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  printMessage(
    `People have written sub-${subject} into: ${texts}. They stay as they are; change those that speak of this person.`,
  );
};

/** Runs `subject restore DATASET SUBJECT`: imports leave out a deleted subject until this is done. */
export const restoreSubject = async (dataset: string, label: string): Promise<void> => {
  const subject = label.replace(/^sub-/, "");
  const server = await findServer();
  await server.call(catalogRoutes.restoreSubject, { params: { dataset, subject } });
  printMessage(`sub-${subject} of ${dataset} may be imported again: the next import that has it adds it.`);
};

const finished = async (server: Server, begun: Deletion): Promise<Deletion> => {
  let deletion = begun;
  // Few files are gone at once; a large dataset takes minutes.
  for (let delayMs = 20; deletion.finishedAt === null; delayMs = Math.min(1_000, delayMs * 1.5)) {
    await sleep(delayMs);
    deletion = await server.call(catalogRoutes.showDeletion, {
      params: { dataset: begun.dataset, deletion: begun.id },
    });
  }
  return deletion;
};
