import type { WantedDerivative } from "../check/node.ts";
import type { Evaluate } from "./combine.ts";
import { isObject, type Value } from "./value.ts";

/** Where the derivatives in force of a scan stand among its facts, as objects of `analysis`, `version` and `output`. */
const group = "has";

const isVersion = (version: Value, wanted: string): boolean =>
  typeof version === "string" && (version === wanted || version.startsWith(`${wanted}.`));

const isWanted = (derivative: Value, { analysis, version, output }: WantedDerivative): boolean =>
  isObject(derivative) &&
  derivative.analysis === analysis &&
  (version === null || isVersion(derivative.version, version)) &&
  (output === null || derivative.output === output);

/** Whether a scan has a derivative; unknown where the facts do not include derivatives. */
export const evaluateDerivative = (wanted: WantedDerivative): Evaluate => {
  return (facts, missing) => {
    const derivatives = Object.hasOwn(facts, group) ? facts[group]?.derivatives : undefined;
    if (Array.isArray(derivatives)) return derivatives.some((one) => isWanted(one, wanted));
    missing?.push("has.derivative");
    return undefined;
  };
};
