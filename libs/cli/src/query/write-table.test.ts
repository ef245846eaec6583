import { expect, test, vi } from "vitest";
import type { ResultTable } from "./result-table.ts";
import { openTableWriter, type TableFormat } from "./write-table.ts";

const head = ["subject", "subject.sex", "metadata.SliceTiming"];
const parts: readonly ResultTable[] = [
  { head, rows: [["01", "=F", [0, 0.5]]] },
  { head, rows: [["02", null, "a\tb"]] },
];

const written = async (format: TableFormat): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    chunks.push(Buffer.from(chunk));
    return true;
  });
  try {
    const writer = openTableWriter(format);
    for (const part of parts) writer.add(part);
    await writer.end();
    return Buffer.concat(chunks);
  } finally {
    spy.mockRestore();
  }
};

test.each([
  ["csv", `subject,subject.sex,metadata.SliceTiming\n01,'=F,"[0,0.5]"\n02,,a\tb\n`],
  ["tsv", "subject\tsubject.sex\tmetadata.SliceTiming\n01\t=F\t[0,0.5]\n02\tn/a\ta b\n"],
  [
    "jsonl",
    '{"subject":"01","subject.sex":"=F","metadata.SliceTiming":[0,0.5]}\n{"subject":"02","subject.sex":null,"metadata.SliceTiming":"a\\tb"}\n',
  ],
] as const)("pages of a result follow each other as %s under one head", async (format, text) => {
  expect((await written(format)).toString()).toBe(text);
});

test("a Parquet file is written once, when all pages are there", async () => {
  const bytes = await written("parquet");
  expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(["PAR1", "PAR1"]);
});
