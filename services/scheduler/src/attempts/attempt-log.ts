import type { ObjectStore } from "@rollerblade/object-store";

/** Returns the key of the object that holds the log of an attempt. Attempts of an execution are numbered from 1. */
export const logKey = (execution: string, number: number): string => `logs/${execution}/${number}.txt`;

/** Stores the log of an attempt. @returns its key, or null for an empty log, which is not stored */
export const storeLog = async (
  objects: Pick<ObjectStore, "put">,
  execution: string,
  number: number,
  text: string,
): Promise<string | null> => {
  if (text === "") return null;
  const key = logKey(execution, number);
  await objects.put(key, Buffer.from(text), { transient: true });
  return key;
};
