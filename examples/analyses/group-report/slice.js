import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BadInput } from "./bad-input.js";

/**
 * One file of the input and the fields that the manifest asked for; what nobody recorded is null.
 * @typedef {{ file: string, reads: Record<string, string | number | null> }} Member
 */

/**
 * What the container was given: see "What a container finds" in docs/how-to/write-an-analysis.md.
 * @typedef {{ parameters: Record<string, unknown>, inputs: { volumes: Member[] } }} Slice
 */

/** The folder that an environment variable names. @param {string} variable @returns {string} */
export const folder = (variable) => {
  const path = process.env[variable];
  if (path === undefined || path === "") throw new BadInput(`The environment variable ${variable} names no folder.`);
  return path;
};

/** Reads `slice.json`. @returns {Slice} */
export const readSlice = () => {
  const slice = readJson("slice.json");
  const volumes = slice.inputs?.volumes;
  if (!Array.isArray(volumes) || volumes.length === 0)
    throw new BadInput('slice.json lists no file for the input "volumes".');
  return { parameters: slice.parameters ?? {}, inputs: { volumes } };
};

/** A JSON document among the inputs. @param {string} file @returns {any} */
export const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(join(folder("ROLLERBLADE_IN"), file), "utf8"));
  } catch (cause) {
    if (cause instanceof BadInput) throw cause;
    throw new BadInput(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
};
