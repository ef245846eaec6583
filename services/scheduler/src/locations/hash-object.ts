import { createHash } from "node:crypto";
import { Problem } from "@rollerblade/errors";
import type { ObjectStore } from "@rollerblade/object-store";

/** Reads an object for its content hash; null when there is none. */
export const hashObject = async (objects: ObjectStore, key: string): Promise<string | null> => {
  const hash = createHash("sha256");
  try {
    for await (const chunk of await objects.get(key)) hash.update(chunk);
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return null;
    throw error;
  }
  return `sha256:${hash.digest("hex")}`;
};
