import { cappedTo, type Room } from "../room.ts";

/** Lets commands in as far as the machine has room, in the order in which they come. */
export type Gate = {
  /** Waits for room, runs the work in it, and gives it back. */
  run<T>(needs: Room, work: () => Promise<T>): Promise<T>;
};

type Waiting = { readonly needs: Room; readonly enter: () => void };

/** A gate before a machine of this size. */
export const createGate = (whole: Room): Gate => {
  const queue: Waiting[] = [];
  let [cpu, memory] = [0, 0];

  const admit = (): void => {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const { needs, enter } = first;
      const free = cpu + needs.cpu <= whole.cpu + tolerance && memory + needs.memory <= whole.memory;
      if (!free && cpu > tolerance) return;
      queue.shift();
      [cpu, memory] = [cpu + needs.cpu, memory + needs.memory];
      enter();
    }
  };
  return {
    async run(asked, work) {
      const needs = cappedTo(whole, asked);
      await new Promise<void>((enter) => {
        queue.push({ needs, enter });
        admit();
      });
      try {
        return await work();
      } finally {
        [cpu, memory] = [cpu - needs.cpu, memory - needs.memory];
        admit();
      }
    },
  };
};

const tolerance = 1e-6;
