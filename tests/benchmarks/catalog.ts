import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { measurePeers } from "./catalog/peers.ts";
import { timedImports } from "./catalog/timed-imports.ts";
import { timedS3Imports } from "./catalog/timed-s3-imports.ts";
import { filesOfDataset, filesOfSubject, writeDataset } from "./catalog/write-dataset.ts";

// Indexing and importing a generated dataset: `npm run bench:catalog -- [subjects] [times …] [--no-peers] [--no-s3]`.
const [first = "1000", ...more] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const subjects = Number(first);
const scales = more.length > 0 ? more.map(Number) : [1, 10];
const peersWanted = !process.argv.includes("--no-peers");
const s3Wanted = !process.argv.includes("--no-s3");

type Row = {
  readonly what: string;
  readonly scale: number;
  readonly seconds: number | null;
  readonly files: number;
  readonly aim: string;
};
const rows: Row[] = [];
const show = (row: Row): void => {
  rows.push(row);
  const { what, scale, seconds, files, aim } = row;
  const rate = seconds === null ? "–" : `${Math.round(files / seconds).toLocaleString("en")}/s`;
  console.log(
    `${`${scale}×`.padStart(4)}  ${what.padEnd(46)}${(seconds?.toFixed(2) ?? "–").padStart(9)} s ${rate.padStart(12)}  ${aim}`,
  );
};

const run = promisify(execFile);
const indexed = z.object({ files: z.int(), seconds: z.number() });

/** Indexes a folder without a server, in a process of its own. */
const indexAlone = async (dataset: string): Promise<z.infer<typeof indexed>> => {
  const program = join(import.meta.dirname, "catalog", "index-process.ts");
  return indexed.parse(JSON.parse((await run(process.execPath, [program, dataset])).stdout));
};

/** How much longer what was measured at several scales takes at each than at the one before. */
const showGrowth = (): void => {
  for (const [what, measured] of Map.groupBy(rows, (row) => row.what)) {
    for (const [at, { scale, seconds, files }] of measured.entries()) {
      const before = measured[at - 1];
      if (before === undefined || seconds === null || before.seconds === null) continue;
      const more = (files / before.files).toFixed(1);
      console.log(`      ${what}: ${more}× the files (${scale}×), ${(seconds / before.seconds).toFixed(1)}× the time`);
    }
  }
};

const folder = await mkdtemp(join(tmpdir(), "bids-"));
const memory: Record<string, { readonly inPlace: number; readonly copied: number | null }> = {};
try {
  for (const scale of scales) {
    const dataset = join(folder, `times-${scale}`);
    const count = subjects * scale;
    writeDataset(dataset, count);
    await sleep(200);
    const files = count * filesOfSubject + filesOfDataset;
    const of = (what: string, seconds: number | null, aim = "", among = files) =>
      show({ what, scale, seconds, files: among, aim });
    const alone = await indexAlone(dataset);
    of("index with metadata, no server", alone.seconds, "aim ≥ 40,000/s", alone.files);
    const { inPlace, unchanged, oneSubject, copied, bareCopy } = await timedImports(
      dataset,
      count,
      scale === scales[0],
    );
    of("import in place, accepted", inPlace.accepted, "aim ≥ 10,000/s");
    of("import in place, every scan can be found", inPlace.found);
    const { node, postgres } = inPlace.processor;
    console.log(
      `      processor until then: ${node.toFixed(2)} s of this process (${Math.round(files / node).toLocaleString("en")} files/s), ${postgres.toFixed(2)} s of PostgreSQL (${Math.round(files / postgres).toLocaleString("en")} files/s)`,
    );
    of("second import, nothing changed", unchanged, "aim ≥ 50,000/s");
    of("one subject added, accepted", oneSubject.accepted, "aim < 1 s", filesOfSubject);
    of("one subject added, can be found", oneSubject.found, "", filesOfSubject);
    if (copied !== null) of("copying import, accepted", copied.accepted);
    if (bareCopy !== null) of("bare copy of the same files", bareCopy);
    memory[`${scale}×`] = { inPlace: inPlace.peakMiB, copied: copied?.peakMiB ?? null };
    console.log(
      `      peak memory of this process until then: ${inPlace.peakMiB} MiB in place${copied === null ? "" : `, ${copied.peakMiB} MiB copying`} (aim ≤ 400)`,
    );
    if (peersWanted && scale === scales[0])
      for (const { name, seconds } of await measurePeers(dataset)) of(name, seconds);
    await rm(dataset, { recursive: true });
  }
  if (s3Wanted) {
    // A tenth is enough: what is measured is the way of each object.
    const dataset = join(folder, "s3");
    writeDataset(dataset, Math.ceil(subjects / 10));
    const s3 = await timedS3Imports(dataset);
    const of = (what: string, seconds: number | null) =>
      show({ what, scale: 0.1, seconds, files: s3?.files ?? 0, aim: "" });
    of("S3: bare list", s3?.bareList ?? null);
    of("S3: bare copy to a folder", s3?.bareCopy ?? null);
    of("S3: import in place, accepted", s3?.inPlace.accepted ?? null);
    of("S3: import in place, every scan can be found", s3?.inPlace.found ?? null);
    of("S3: second import, nothing changed", s3?.unchanged ?? null);
    of("S3: copying import, accepted", s3?.copied.accepted ?? null);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
showGrowth();
console.log(JSON.stringify({ benchmark: "catalog", subjects, rows, memoryMiB: memory }));
