import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Problem } from "@rollerblade/errors";
import type { Answer, Order } from "./folder-worker.ts";

/** Threads that read files; they end with the process and are started when they are needed. */
const most = Math.max(1, Math.min(4, availableParallelism()));

/** An order but for its number. */
export type Ordered = Order extends infer O ? (O extends Order ? Omit<O, "id"> : never) : never;

type Pending = { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void };
type Hand = { readonly worker: Worker; readonly pending: Map<number, Pending> };

const hands: (Hand | undefined)[] = Array.from({ length: most });
let orders = 0;

/** How many orders are worth giving at once. */
export const threads = most;

/** Has a thread do it; what belongs together is given to the same one by `slot`. @throws Problem `unavailable` when the thread dies */
export const order = (what: Ordered, slot = orders): Promise<Answer> => {
  const hand = handAt(slot % most);
  const id = ++orders;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  // The process must not end before the answer came, and may once nobody waits.
  if (hand.pending.size === 0) hand.worker.ref();
  hand.pending.set(id, { resolve, reject });
  hand.worker.postMessage({ ...what, id });
  return promise;
};

const handAt = (slot: number): Hand => {
  const known = hands[slot];
  if (known !== undefined) return known;
  const worker = new Worker(new URL("./folder-worker.ts", import.meta.url), { name: "files" });
  const hand: Hand = { worker, pending: new Map() };
  hands[slot] = hand;
  worker.unref();
  worker.on("message", (answer: Answer) => settle(hand, answer));
  worker.on("error", (cause) => bury(slot, hand, cause));
  worker.on("exit", (code) => bury(slot, hand, new Error(`exit ${code}`)));
  return hand;
};

const settle = (hand: Hand, answer: Answer): void => {
  const pending = hand.pending.get(answer.id);
  hand.pending.delete(answer.id);
  if (hand.pending.size === 0) hand.worker.unref();
  pending?.resolve(answer);
};

const bury = (slot: number, hand: Hand, cause: unknown): void => {
  if (hands[slot] === hand) hands[slot] = undefined;
  for (const { reject } of hand.pending.values())
    reject(
      new Problem({ code: "unavailable", message: "A thread that reads files ended.", next: "Try again." }, { cause }),
    );
  hand.pending.clear();
};
