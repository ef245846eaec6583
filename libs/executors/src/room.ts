/** Cores and memory: what an attempt needs, or what a machine has. */
export type Room = {
  /** Cores; fractions are allowed. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
};

/**
 * Caps a need at the size of the machine. An attempt that asks for more than the machine has is counted as the whole machine, so
 * that it still runs there, alone.
 */
export const cappedTo = (whole: Room, { cpu, memory }: Room): Room => ({
  cpu: Math.min(cpu, whole.cpu),
  memory: Math.min(memory, whole.memory),
});
