import { type Document, visit } from "yaml";
import { faultOfNumber, faultOfValue } from "./exact-values.ts";

/** A scalar that is not what its author wrote. */
export type ScalarFault = {
  /** Where it begins, in characters of the text. */
  readonly offset: number;
  readonly message: string;
};

/**
 * Finds the scalars of a YAML document that would not arrive as they were written: `12e4567`, a commit's hash, is an infinite number to
 * YAML, `01` the number 1, `9007199254740993` another number, and `"\0"` a text that nothing can store.
 */
export const faultsOfScalars = (document: Document): ScalarFault[] => {
  const faults: ScalarFault[] = [];
  visit(document, {
    Scalar(_, { value, source, range }) {
      const message =
        typeof value === "number"
          ? faultOfWrittenNumber(source ?? String(value), value)
          : typeof value === "string"
            ? textFault(value)
            : undefined;
      if (message !== undefined) faults.push({ offset: range?.[0] ?? 0, message });
    },
  });
  return faults;
};

const textFault = (text: string): string | undefined => {
  const fault = faultOfValue(text);
  return fault === undefined ? undefined : `a text ${fault}`;
};

const faultOfWrittenNumber = (source: string, value: number): string | undefined => {
  if (!Number.isFinite(value))
    return `${source} is not a number that a program can hold: where it is meant as text, put it in quotes`;
  // 0x1f and 0o17 are numbers whose digits are not decimal.
  if (/^[-+]?0[xo]/.test(source)) return faultOfNumber(String(value));
  if (/^[-+]?0\d/.test(source)) return `${source} is the number ${value} in YAML: put it in quotes, or write ${value}`;
  return faultOfNumber(source);
};
