import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Agreement, compareWithPybids } from "./compare-with-pybids.ts";
import { compareWithValidator, type NameAgreement } from "./compare-with-validator.ts";
import { linesOf } from "./dataset-lines.ts";
import { datasetNames, examplesFolder, expectedFolder, readExpectation } from "./expectations.ts";
import { misnamed, writeMisnamed } from "./misnamed.ts";
import { askPybids, askValidator } from "./peers.ts";

// npm run conformance [-- --no-validator] [DATASET …]
// BIDS_EXAMPLES: a folder of datasets; PYBIDS_EXPECTED: a folder of <dataset>.json for them. PyBIDS is asked about the others.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "no-validator": { type: "boolean", default: false } },
});
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const percent = (part: number, all: number): string => (all === 0 ? "–" : `${((100 * part) / all).toFixed(2)} %`);
const totals = { unexplained: 0, files: 0, sameEntities: 0, data: 0, sameMetadata: 0, names: 0, same: 0 };

const names = datasetNames().filter((name) => positionals.length === 0 || positionals.includes(name));
if (names.length === 0)
  print(`No datasets in ${examplesFolder}: set BIDS_EXAMPLES to a clone of bids-standard/bids-examples.`);
for (const name of names) {
  print(`\n== ${name}`);
  const folder = join(examplesFolder, name);
  const lines = linesOf(folder);
  attempt("PyBIDS", () => {
    const expectation =
      readExpectation(join(expectedFolder, `${name}.json`)) ?? readExpectation(askPybids(folder, name));
    if (expectation !== null) printPybids(compareWithPybids(folder, lines, expectation));
  });
  if (!values["no-validator"])
    attempt("validator", () => printNames(compareWithValidator(lines, askValidator(folder))));
}
if (!values["no-validator"] && positionals.length === 0) attempt("validator", printMisnamed);

print(`\n== all of it
PyBIDS     ${totals.files} files, ${percent(totals.sameEntities, totals.files)} equal entities; ${totals.data} with metadata, ${percent(totals.sameMetadata, totals.data)} equal
validator  ${totals.names} names, ${percent(totals.same, totals.names)} judged alike
${totals.unexplained === 0 ? "Every difference has a reason." : `${totals.unexplained} differences are ours to fix.`}`);
process.exitCode = totals.unexplained === 0 && names.length > 0 ? 0 : 1;

/** A peer that fails on a dataset is no reason to stop, and none to call it agreement. */
function attempt(peer: string, compare: () => void): void {
  try {
    compare();
  } catch (error) {
    print(`${peer.padEnd(9)}  gave no answer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function printPybids(agreement: Agreement): void {
  const { files, sameEntities, data, sameMetadata, differences } = agreement;
  totals.files += files;
  totals.sameEntities += sameEntities;
  totals.data += data;
  totals.sameMetadata += sameMetadata;
  print(
    `PyBIDS     entities ${percent(sameEntities, files)} of ${files} files; metadata ${percent(sameMetadata, data)} of ${data}`,
  );
  for (const { file, what, key, ours, theirs, reason } of differences) {
    if (reason === null) totals.unexplained++;
    const values = what === "missing" ? "we do not list it" : `ours ${short(ours)}, theirs ${short(theirs)}`;
    print(`  ${file}: ${what} ${key} ${values}\n    ${reason ?? "OURS TO FIX"}`);
  }
}

function printNames({ names, same, refusedByBoth, differences }: NameAgreement): void {
  totals.names += names;
  totals.same += same;
  print(`validator  names ${percent(same, names)} of ${names} judged alike, ${refusedByBoth} refused by both`);
  for (const { file, refusedBy, because, reason } of differences) {
    if (reason === null) totals.unexplained++;
    print(`  ${file}: refused by ${refusedBy} only (${because})\n    ${reason ?? "OURS TO FIX"}`);
  }
}

/** Good examples say little about what is refused, so that names are spoiled in the ways in which people do. */
function printMisnamed(): void {
  const folder = mkdtempSync(join(tmpdir(), "rollerblade-misnamed-"));
  try {
    const names = misnamed();
    print(`\n== ${names.size} names: every rule of the schema, as it is and spoiled in the ways in which people do`);
    writeMisnamed(folder, names.keys());
    printNames(compareWithValidator(linesOf(folder), askValidator(folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
