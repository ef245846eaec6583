import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { root } from "../e2e/world.ts";

const dist = join(root, "console", "dist");

const manifest = z
  .record(
    z.string(),
    z.object({
      file: z.string(),
      isEntry: z.boolean().default(false),
      imports: z.array(z.string()).default([]),
    }),
  )
  .parse(JSON.parse(readFileSync(join(dist, ".vite", "manifest.json"), "utf8")));

/** A chunk with everything that it needs before it can run. */
const closure = (name: string, found = new Set<string>()): Set<string> => {
  const chunk = manifest[name];
  if (chunk === undefined || found.has(name)) return found;
  found.add(name);
  for (const needed of chunk.imports) closure(needed, found);
  return found;
};

const compressedBytes = (names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + readFileSync(join(dist, `${manifest[name]?.file}.gz`)).length, 0);

/** 200 kB: what a page loads before its first pixel, gzip. */
const maxInitialBytes = 200_000;

test("the page and its first view need at most 200 kB of JavaScript", () => {
  const entry = Object.keys(manifest).filter((name) => manifest[name]?.isEntry);
  const home = Object.keys(manifest).filter((name) => name.endsWith("pages/home/home.tsx"));
  expect([entry.length, home.length]).toEqual([1, 1]);
  const initial = new Set([...entry, ...home].flatMap((name) => [...closure(name)]));
  const bytes = compressedBytes(initial);
  console.log(`initial JavaScript: ${(bytes / 1000).toFixed(1)} kB gzip in ${initial.size} chunks`);
  expect(bytes).toBeLessThanOrEqual(maxInitialBytes);
});
