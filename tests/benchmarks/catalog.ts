import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { indexFolder } from "@rollerblade/cli/index-folder";
import { measurePeers } from "./catalog/peers.ts";
import { timedImports } from "./catalog/timed-imports.ts";
import { filesOfDataset, filesOfSubject, writeDataset } from "./catalog/write-dataset.ts";

// Indexing and importing a generated dataset: `npm run bench:catalog -- [subjects] [times …] [--no-peers]`.
const [first = "1000", ...more] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const subjects = Number(first);
const scales = more.length > 0 ? more.map(Number) : [1, 10];
const peersWanted = !process.argv.includes("--no-peers");

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

const folder = await mkdtemp(join(tmpdir(), "bids-"));
const memory: Record<string, number> = {};
try {
  for (const scale of scales) {
    const dataset = join(folder, `times-${scale}`);
    const count = subjects * scale;
    writeDataset(dataset, count);
    await sleep(200);
    const files = count * filesOfSubject + filesOfDataset;
    const of = (what: string, seconds: number | null, aim = "", among = files) =>
      show({ what, scale, seconds, files: among, aim });
    const begin = performance.now();
    let indexed = 0;
    for (const _ of indexFolder(dataset)) indexed += 1;
    of("index with metadata, no server", (performance.now() - begin) / 1000, "aim ≥ 40,000/s", indexed);
    const times = await timedImports(dataset, count, scale === scales[0]);
    of("import in place, accepted", times.inPlace, "aim ≥ 10,000/s");
    of("import in place, every scan can be found", times.indexed);
    of("second import, nothing changed", times.unchanged, "aim ≥ 50,000/s");
    of("one subject added, accepted", times.oneSubject, "aim < 1 s", filesOfSubject);
    of("one subject added, can be found", times.oneSubjectIndexed, "", filesOfSubject);
    if (times.copying !== null) of("copying import, accepted", times.copying);
    if (times.bareCopy !== null) of("bare copy of the same files", times.bareCopy);
    // The most that this process has had so far, servers aside.
    memory[`${scale}×`] = Math.round(process.resourceUsage().maxRSS / 1024);
    console.log(`      peak memory of this process: ${memory[`${scale}×`]} MiB`);
    if (peersWanted && scale === scales[0])
      for (const { name, seconds } of await measurePeers(dataset)) of(name, seconds);
    await rm(dataset, { recursive: true });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ benchmark: "catalog", subjects, rows, memoryMiB: memory }));
