import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Problem } from "@rollerblade/errors";
import type { Answer, Order } from "./folder-worker.ts";

/** Threads that read files; they end with the process and are started when they are needed. */
const maxThreads = Math.max(1, Math.min(4, availableParallelism()));

/** An order but for its number. */
export type Ordered = Order extends infer O ? (O extends Order ? Omit<O, "id"> : never) : never;

type Pending = { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void };
type Reader = { readonly worker: Worker; readonly pending: Map<number, Pending> };

const readers: (Reader | undefined)[] = Array.from({ length: maxThreads });
let orders = 0;

/** How many orders are worth giving at once. */
export const threads = maxThreads;

/** Has a thread do it; what belongs together is given to the same one by `slot`. @throws Problem `unavailable` when the thread dies */
export const order = (what: Ordered, slot = orders): Promise<Answer> => {
  const reader = readerAt(slot % maxThreads);
  const id = ++orders;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  // The process must not end before the answer came, and may once nobody waits.
  if (reader.pending.size === 0) reader.worker.ref();
  reader.pending.set(id, { resolve, reject });
  reader.worker.postMessage({ ...what, id });
  return promise;
};

const readerAt = (slot: number): Reader => {
  const known = readers[slot];
  if (known !== undefined) return known;
  const worker = new Worker(new URL("./folder-worker.ts", import.meta.url), { name: "files" });
  const reader: Reader = { worker, pending: new Map() };
  readers[slot] = reader;
  worker.unref();
  worker.on("message", (answer: Answer) => settle(reader, answer));
  worker.on("error", (cause) => removeReader(slot, reader, cause));
  worker.on("exit", (code) => removeReader(slot, reader, new Error(`exit ${code}`)));
  return reader;
};

const settle = (reader: Reader, answer: Answer): void => {
  const pending = reader.pending.get(answer.id);
  reader.pending.delete(answer.id);
  if (reader.pending.size === 0) reader.worker.unref();
  pending?.resolve(answer);
};

const removeReader = (slot: number, reader: Reader, cause: unknown): void => {
  if (readers[slot] === reader) readers[slot] = undefined;
  for (const { reject } of reader.pending.values())
    reject(
      new Problem({ code: "unavailable", message: "A thread that reads files ended.", next: "Try again." }, { cause }),
    );
  reader.pending.clear();
};
