import { z } from "zod";

/** Where a page of a list begins: what the page before gave as `next`. Nobody but the service that made it reads anything out of it. */
const cursor = z
  .string()
  .min(1)
  .max(8_192)
  .describe("The `next` of the page before, as it is; without it the first page is answered.");

/** What every list takes: how many items a page has at most, and where it begins. */
export const pageQuery = ({ limit = 100, maxLimit = 1_000 } = {}) => ({
  limit: z.coerce.number().int().min(1).max(maxLimit).default(limit).describe("How many items the page has at most."),
  after: cursor.optional(),
});

/** What every list answers. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().describe("The `after` of the next page; null on the last one."),
  });
