import { createHash } from "node:crypto";
import { openObjectStore } from "@rollerblade/object-store";
import { expect, test } from "vitest";
import { cutTable } from "./cut-table.ts";
import { inline, linked } from "./handout.ts";

test.each([
  ["utf8", undefined],
  ["latin1", "base64"],
] as const)("a table in %s is handed out with its bytes as they were", (written, encoding) => {
  const table = Buffer.from("participant_id\tsite\nsub-01\tKöln\nsub-02\tZürich\n", written);
  const wanted = Buffer.from("participant_id\tsite\nsub-02\tZürich\n", written);
  const left = cutTable(table, "participant_id", (label) => label === "02");
  const file = inline("d", "participants.tsv", left?.content ?? Buffer.alloc(0));
  expect(file).toMatchObject({ size: wanted.length, ...(encoding !== undefined && { encoding }) });
  expect(Buffer.from(file.content ?? "", encoding ?? "utf8")).toEqual(wanted);
  expect(file.sha256).toBe(`sha256:${createHash("sha256").update(wanted).digest("hex")}`);
});

test("a link lives for five minutes", async () => {
  const objects = openObjectStore("file:///tmp/nothing", { publicUrl: "http://127.0.0.1:1", secret: "secret" });
  const { url } = await linked(objects, { dataset: "d", path: "a.tsv", size: 1, sha256: null });
  const left = Number(new URL(url ?? "").searchParams.get("expires")) - Date.now() / 1000;
  expect(left).toBeGreaterThan(290);
  expect(left).toBeLessThanOrEqual(300);
});
