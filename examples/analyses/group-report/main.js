import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BadInput } from "./bad-input.js";
import { rowsOf, VOLUMES } from "./rows.js";
import { folder, readSlice } from "./slice.js";
import { tableOf } from "./table.js";

/** The volumes of everybody in; a table and a chart out. */
const run = async () => {
  const slice = readSlice();
  const volume = volumeParameter(slice.parameters.volume ?? "brainVolume");
  const rows = rowsOf(slice.inputs.volumes);
  write("table.tsv", tableOf(rows));
  const { chartOf } = await import("./chart.js"); // the plotting library takes a while to load, and bad input needs no chart
  write("chart.svg", await chartOf(rows, volume));
};

/** @param {unknown} value */
const volumeParameter = (value) => {
  const volume = VOLUMES.find((name) => name === value);
  if (volume === undefined)
    throw new BadInput(`The parameter "volume" must be one of ${VOLUMES.join(", ")}, but is ${JSON.stringify(value)}.`);
  return volume;
};

/** @param {string} name @param {string} content */
const write = (name, content) => writeFileSync(join(folder("ROLLERBLADE_OUT"), name), content);

try {
  await run();
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 65;
}
