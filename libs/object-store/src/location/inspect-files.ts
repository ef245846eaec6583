import { Problem } from "@rollerblade/errors";
import { order, threads } from "./folder-workers.ts";
import type { Inspected, Inspection, NotInspected } from "./location.ts";
import type { Links } from "./read-files.ts";

/** What one order reads at most: so many files, or so many bytes and what is behind. */
const [filesOfOrder, bytesOfOrder] = [200, 32 * 2 ** 20];

/** Has threads read files of a folder, several at once; answers in the order of the requests. */
export const inspectFiles = async (
  root: string,
  links: Links,
  requests: readonly Inspection[],
  signal?: AbortSignal,
): Promise<readonly (Inspected | NotInspected)[]> => {
  const results: (Inspected | NotInspected)[] = [];
  const parts = inOrders(requests);
  let next = 0;
  const hand = async (): Promise<void> => {
    for (let part = parts[next++]; part !== undefined; part = parts[next++]) {
      signal?.throwIfAborted();
      const answer = await order({ kind: "read", root, links, requests: part.requests });
      if (!("read" in answer))
        throw new Problem({ code: "unavailable", message: "Files could not be read.", subject: root });
      for (const [index, one] of answer.read.entries()) results[part.from + index] = one;
    }
  };
  await Promise.all(Array.from({ length: Math.min(2 * threads, parts.length) }, hand));
  return results;
};

type Part = { readonly from: number; readonly requests: Inspection[] };

const inOrders = (requests: readonly Inspection[]): Part[] => {
  const parts: Part[] = [];
  let room = 0;
  for (const [index, request] of requests.entries()) {
    const last = parts.at(-1);
    if (last !== undefined && last.requests.length < filesOfOrder && room > 0) last.requests.push(request);
    else {
      parts.push({ from: index, requests: [request] });
      room = bytesOfOrder;
    }
    room -= request.size;
  }
  return parts;
};
