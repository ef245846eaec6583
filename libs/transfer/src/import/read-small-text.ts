import { buffer } from "node:stream/consumers";
import type { Location } from "@rollerblade/object-store";

/** Bytes of a text that is read. */
const most = 2 ** 20;

/** The text of a small file at a place; null where there is none, or a larger one. */
export const readSmallText = async (location: Location, path: string): Promise<string | null> => {
  const head = await location.head(path);
  return head === null || head.size > most ? null : (await buffer(await location.get(path))).toString("utf8");
};
