/** The console in Debian's Chromium over a large installation: first rows, frames, largest paint, events, idle processor, memory, and a brain. */
import { chromium } from "playwright-core";
import { chunkSizes } from "./console/chunk-sizes.ts";
import { startLargeWorld } from "./console/large-world.ts";
import {
  brainInView,
  eventsToPixels,
  firstRows,
  framesWhileScrolling,
  idleShare,
  largestPaints,
  liveMemory,
} from "./console/measure-pages.ts";
import { quantile } from "./queries/measure.ts";

const world = await startLargeWorld({
  files: Number(process.env.BENCH_FILES ?? 1_000_000),
  slices: Number(process.env.BENCH_SLICES ?? 100_000),
  analyses: Number(process.env.BENCH_ANALYSES ?? 300),
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--enable-unsafe-swiftshader", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
});
const ms = (value: number) => ({ value: Math.round(value), unit: "ms" });
try {
  const { pages } = world;
  const run = pages.run;
  const rows: Record<string, { value: number; unit: string; aim: string }> = {};
  for (const { name, path, text, warmPath } of Object.values(pages)) {
    const times = await firstRows(browser, world, { path, text, warmPath });
    rows[`${name}: first rows, opened anew`] = { ...ms(times.cold), aim: "" };
    rows[`${name}: first rows, gone to within the console`] = { ...ms(times.warm), aim: "< 500" };
    rows[`${name}: largest answer`] = { value: Math.round(times.largestAnswerBytes / 1000), unit: "kB", aim: "< 1000" };
  }
  const frames = await framesWhileScrolling(browser, world, run.path);
  rows["scrolling through the slices: a frame, p95"] = { ...ms(quantile(frames, 0.95)), aim: "< 50" };
  const delays = await eventsToPixels(browser, world, 20);
  rows["event to pixel, p50"] = { ...ms(quantile(delays, 0.5)), aim: "" };
  rows["event to pixel, longest of 20"] = { ...ms(Math.max(...delays)), aim: "< 1000" };
  rows["processor of an idle page of a run"] = {
    value: Number((100 * (await idleShare(browser, world, run.path))).toFixed(2)),
    unit: "%",
    aim: "< 5",
  };
  const memory = await liveMemory(browser, world);
  rows["heap after the first tenth of 3,600 events"] = { value: memory.firstMegabytes, unit: "MB", aim: "" };
  rows["heap after all of 3,600 events"] = { value: memory.lastMegabytes, unit: "MB", aim: "as before" };
  const brain = await brainInView(browser, world);
  rows["a T1w of 10 MB in view, opened anew"] = { ...ms(brain.cold), aim: "" };
  rows["a T1w of 10 MB in view, the viewer was there"] = { ...ms(brain.warm), aim: "< 2000" };
  console.table(rows);
  const paints = await largestPaints(browser, world);
  console.table(paints);
  const chunks = chunkSizes();
  console.table(chunks);
  console.log(JSON.stringify({ benchmark: "console", rows, paints, chunks }));
} finally {
  await browser.close();
  await world.close();
}
