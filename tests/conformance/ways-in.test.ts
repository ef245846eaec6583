import { buffer } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { closedFolders, readContext, sortListed } from "@rollerblade/abids";
import { type FollowedLinks, openLocation } from "@rollerblade/object-store";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import fc from "fast-check";
import { expect, test } from "vitest";
import { oddFolder, writeOddFolder } from "./odd-folder.ts";
import { asPlaces, isPointer, type WayIn, wayOfCheck } from "./ways-in.ts";

/** What an import lists and sorts, and finds to be no content when it reads it. */
const wayOfImport = async (folder: string, links: FollowedLinks) => {
  const location = await openLocation(pathToFileURL(folder).href, { links });
  const read = async (path: string): Promise<string | null> =>
    (await location.head(path)) === null ? null : (await buffer(await location.get(path))).toString("utf8");
  const context = await readContext(read);
  const [taken, refused]: [string[], string[]] = [[], []];
  for await (const page of location.list(closedFolders)) {
    const { files, findings } = sortListed(page, context);
    refused.push(...findings.map(({ where }) => where));
    const heads = await location.inspect(files.map(({ path, size }) => ({ path, size, keep: 64 })));
    for (const [at, { path, size }] of files.entries()) {
      const head = heads[at];
      const isContent = head !== undefined && "head" in head && !isPointer(head.head, size);
      (isContent ? taken : refused).push(path);
    }
  }
  const way: WayIn = { taken: asPlaces(taken), refused: asPlaces(refused) };
  return { way, context };
};

test.each(["anywhere", "inside"] as const)(
  "a check and an import take and refuse the same of any folder, with links followed %s",
  async (links) => {
    await fc.assert(
      fc.asyncProperty(oddFolder, async (odd) => {
        const { folder, remove } = writeOddFolder(odd);
        try {
          const { way, context } = await wayOfImport(folder, links);
          const lines = indexFolder(folder, { tables: true, links });
          const checked = wayOfCheck(lines, context);
          // A part of a folder that counts as one file may be absent, and the rest is taken.
          expect(checked.taken.filter((path) => !way.refused.includes(path))).toEqual(
            way.taken.filter((path) => !way.refused.includes(path)),
          );
          expect(checked.refused).toEqual(way.refused);
        } finally {
          remove();
        }
      }),
      { numRuns: Number(process.env.ODD_RUNS ?? 100) },
    );
  },
  120_000,
);
