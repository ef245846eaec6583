import { BadInput } from "./bad-input.js";
import { readJson } from "./slice.js";

/** The volumes, as the input files name them. */
export const VOLUMES = /** @type {const} */ (["brainVolume", "csf", "gm", "wm"]);

/**
 * One session of one person: volumes in mL, age in years.
 * @typedef {{ subject: string, session: string | null, age: number | null, sex: string | null, group: string | null } & Record<typeof VOLUMES[number], number>} Row
 */

/** A row for each member, by subject, then age, then session. @param {import("./slice.js").Member[]} members @returns {Row[]} */
export const rowsOf = (members) => members.map(rowOf).sort(inOrder);

/** @param {import("./slice.js").Member} member @returns {Row} */
const rowOf = ({ file, reads }) => {
  const document = readJson(file);
  const volume = (/** @type {typeof VOLUMES[number]} */ name) => {
    const value = document?.[name];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new BadInput(`${file} has no number "${name}", but ${JSON.stringify(value)}.`);
  };
  return {
    subject: text(reads["subject.label"]) ?? "",
    session: text(reads["session.label"]),
    age: number(reads["session.age"]) ?? number(reads["subject.age"]),
    sex: text(reads["subject.sex"]),
    group: text(reads["subject.group"]),
    brainVolume: volume("brainVolume"),
    csf: volume("csf"),
    gm: volume("gm"),
    wm: volume("wm"),
  };
};

/** @param {unknown} value */
const text = (value) => (value === null || value === undefined ? null : String(value));

/** @param {unknown} value */
const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** @param {Row} a @param {Row} b */
const inOrder = (a, b) =>
  compare(a.subject, b.subject) ||
  compare(a.age ?? Infinity, b.age ?? Infinity) ||
  compare(a.session ?? "", b.session ?? "");

/** Not by locale, so that every machine sorts alike. @template {string | number} T @param {T} a @param {T} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
