import type { Result } from "@rollerblade/client";
import { formatBytes } from "../print.ts";

/** Writes a result on one line: the value with its unit, the size of a table, or the file. */
export const resultText = (result: Result): string => {
  if (result.problem !== "") return `– (${result.problem})`;
  if (result.kind === "metric") return [valueText(result), ...(result.unit === null ? [] : [result.unit])].join(" ");
  const { path, size } = result.derivative;
  return `${path} (${formatBytes(size)})`;
};

/** A metric's value, with as many digits as its tag wants. */
export const valueText = ({ value, digits }: Pick<Result, "value" | "digits">): string => {
  if (value === null) return "–";
  if (typeof value === "number") return digits === null ? String(Number(value.toPrecision(6))) : value.toFixed(digits);
  return typeof value === "string" ? value : JSON.stringify(value);
};
