import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BadInput } from "./bad-input.js";

/**
 * What the container was given: see "What a container finds" in docs/how-to/write-an-analysis.md.
 * @typedef {{ parameters: Record<string, unknown>, inputs: Record<string, { file: string }> }} Slice
 */

/** The folder that an environment variable names. @param {string} variable @returns {string} */
export const folder = (variable) => {
  const path = process.env[variable];
  if (path === undefined || path === "") throw new BadInput(`The environment variable ${variable} names no folder.`);
  return path;
};

/** Reads `slice.json`. @returns {Slice} */
export const readSlice = () => {
  try {
    const slice = JSON.parse(readFileSync(join(folder("ROLLERBLADE_IN"), "slice.json"), "utf8"));
    return { parameters: slice.parameters ?? {}, inputs: slice.inputs ?? {} };
  } catch (cause) {
    if (cause instanceof BadInput) throw cause;
    throw new BadInput(`slice.json cannot be read: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
};

/** The bytes of an input. @param {Slice} slice @param {string} name @returns {Buffer} */
export const readInput = (slice, name) => {
  const input = slice.inputs[name];
  if (input === undefined) throw new BadInput(`slice.json names no input "${name}".`);
  return readFileSync(join(folder("ROLLERBLADE_IN"), input.file));
};

/**
 * A numeric parameter within its limits, which are those of the manifest.
 * @param {Slice} slice
 * @param {string} name
 * @param {{ min: number, max: number, fallback: number }} limits
 * @returns {number}
 */
export const numberParameter = (slice, name, { min, max, fallback }) => {
  const value = slice.parameters[name] ?? fallback;
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw new BadInput(
    `The parameter "${name}" must be a number from ${min} to ${max}, but is ${JSON.stringify(value)}.`,
  );
};
