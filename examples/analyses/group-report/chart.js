import { parse, View } from "vega";
import { compile } from "vega-lite";

/** @typedef {import("./rows.js").Row} Row */

/** What each volume is called on the chart. */
export const TITLES = {
  brainVolume: "Brain volume",
  csf: "Cerebrospinal fluid",
  gm: "Grey matter",
  wm: "White matter",
};

/**
 * A chart of one volume against age as SVG: a point for each session, a line through the sessions of one person, a colour
 * for each group, a shape for each sex. Whoever has no recorded age is not on it.
 * @param {Row[]} rows
 * @param {keyof typeof TITLES} volume
 * @returns {Promise<string>}
 */
export const chartOf = async (rows, volume) => {
  const { spec } = compile(specification(rows, volume));
  const view = new View(parse(spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `${svg}\n`;
};

/** @param {Row[]} rows @param {keyof typeof TITLES} volume @returns {import("vega-lite").TopLevelSpec} */
const specification = (rows, volume) => ({
  width: 640,
  height: 400,
  background: "white",
  title: `${TITLES[volume]} against age`,
  data: { values: rows.filter((row) => row.age !== null).map((row) => pointOf(row, volume)) },
  encoding: {
    x: { field: "age", type: "quantitative", title: "Age (years)", scale: { zero: false, nice: true } },
    y: { field: "volume", type: "quantitative", title: `${TITLES[volume]} (mL)`, scale: { zero: false, nice: true } },
    color: { field: "group", type: "nominal", title: "Group", scale: { scheme: "tableau10" } },
  },
  layer: [
    {
      mark: { type: "line", strokeWidth: 1.5 },
      encoding: { detail: { field: "subject", type: "nominal" }, order: { field: "age", type: "quantitative" } },
    },
    {
      mark: { type: "point", filled: true, size: 70, opacity: 1 },
      encoding: { shape: { field: "sex", type: "nominal", title: "Sex" } },
    },
  ],
});

/** @param {Row} row @param {keyof typeof TITLES} volume */
const pointOf = ({ subject, age, sex, group, ...volumes }, volume) => ({
  subject: `sub-${subject}`,
  age,
  sex: sex ?? "n/a",
  group: group ?? "n/a",
  volume: volumes[volume],
});
