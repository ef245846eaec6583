import type { WantedResult } from "../check/node.ts";
import type { Evaluate } from "./combine.ts";
import { isObject, sameValue, type Value } from "./value.ts";

/** Where the results of a scan stand among its facts, as objects of `tag`, `document` and `value`. */
const group = "result";

/** How a result is written in an expression: `result("tsnr")`. */
export const resultName = ({ tag, document }: WantedResult): string =>
  `result(${[tag, ...(document === null ? [] : [document])].map((text) => JSON.stringify(text)).join(", ")})`;

const isWanted = (result: Value, { tag, document }: WantedResult): boolean =>
  isObject(result) && result.tag === tag && (document === null || result.document === document);

/** The value of a result, or the list of its different values; undefined where there is none, or nobody knows of results. */
export const lookUpResult =
  (wanted: WantedResult) =>
  (facts: Parameters<Evaluate>[0]): Value => {
    const results = Object.hasOwn(facts, group) ? facts[group]?.values : undefined;
    if (!Array.isArray(results)) return undefined;
    const found: Value[] = [];
    for (const one of results) {
      if (!isWanted(one, wanted) || !isObject(one)) continue;
      const value = one.value ?? undefined;
      if (value !== undefined && !found.some((known) => sameValue(known, value))) found.push(value);
    }
    const [only] = found;
    return found.length < 2 ? only : found.filter((value) => value !== undefined);
  };

/** The same, with the result among what made an expression unknown. */
export const evaluateResult = (wanted: WantedResult): Evaluate => {
  const look = lookUpResult(wanted);
  return (facts, missing) => {
    const value = look(facts);
    if (value === undefined) missing?.push(resultName(wanted));
    return value;
  };
};
