import { expect, test } from "vitest";
import { findAmong } from "./short-id.ts";

const kind = { name: "run", next: "See runs with `rollerblade runs list`." };
const ids = [
  "0192f0c1-0000-7000-8000-000000000001",
  "0192f0c1-0000-7000-8000-000000000002",
  ...Array.from({ length: 6 }, (_, at) => `aaaa0000-0000-7000-8000-00000000000${at}`),
];
const find = (text: string) =>
  findAmong(
    kind,
    text,
    ids.map((id, at) => ({ id, what: `brain-mask 1.0.${at}` })),
  );

test("the beginning of an id is enough where nothing else begins so, in any case of letters", async () => {
  expect(await find("0192F0C1-0000-7000-8000-000000000002")).toBe(ids[1]);
  expect(await find("AAAA0000-0000-7000-8000-000000000003")).toBe(ids[5]);
});

test.each([
  ["0192", "invalid", `Several runs begin with 0192: ${ids[0]} (brain-mask 1.0.0), ${ids[1]} (brain-mask 1.0.1).`],
  ["aaaa", "invalid", "and others."],
  ["ffff", "not-found", "There is no run whose id begins with ffff."],
  ["ffffffff-0000-7000-8000-000000000002", "not-found", "There is no run ffffffff-0000-7000-8000-000000000002."],
  ["019", "invalid", '"019" is not the id of a run.'],
  ["brain-mask", "invalid", '"brain-mask" is not the id of a run.'],
  ["%", "invalid", '"%" is not the id of a run.'],
  ["0192f0c1-0000-7000-8000-0000000000021", "invalid", "is not the id of a run."],
])("%s is refused as %s", async (text, code, message) => {
  await expect(find(text)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});
