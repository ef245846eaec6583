import { logKey } from "@rollerblade/abids/bucket-layout";
import type { ObjectStore } from "@rollerblade/object-store";

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
