import type { ObjectStore } from "@rollerblade/object-store";

/** Key of the object that holds the log of an attempt. */
export const logKey = (execution: string, number: number): string => `logs/${execution}/${number}.txt`;

/** Stores what an attempt said. @returns the key, or null when it said nothing */
export const storeLog = async (
  objects: ObjectStore,
  { execution }: { readonly execution: string },
  number: number,
  text: string,
): Promise<string | null> => {
  if (text === "") return null;
  const key = logKey(execution, number);
  await objects.put(key, Buffer.from(text), { transient: true });
  return key;
};
