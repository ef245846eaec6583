import { Problem } from "@rollerblade/errors";
import { z } from "zod";

/** Where a result stands in the order of all of them. */
const place = z.tuple([z.string(), z.string(), z.string(), z.string(), z.int(), z.string(), z.uuid()]);
export type Place = z.output<typeof place>;

/** A place as one word for the address of the next page. */
export const writeCursor = (at: Place): string => Buffer.from(JSON.stringify(at)).toString("base64url");

/** @throws Problem `invalid` for anything that no page has said */
export const readCursor = (text: string): Place => {
  try {
    return place.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch (cause) {
    throw new Problem(
      {
        code: "invalid",
        message: "The value of `after` is none that a page has given.",
        next: "Begin again without it.",
      },
      { cause },
    );
  }
};
