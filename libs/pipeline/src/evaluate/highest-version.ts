import type { DerivativeFacts } from "@rollerblade/abids/facts";
import semver from "semver";
import { keyOfSlice } from "./slices.ts";

/** Of derivatives that stand for each other, since a document accepts several versions, those of the highest version at each slice. */
export const highestOf = (derivatives: readonly DerivativeFacts[]): readonly DerivativeFacts[] => {
  const highest = new Map<string, string>();
  const placeOf = ({ slice, analysis, parametersHash, output }: DerivativeFacts): string =>
    [analysis, parametersHash, output, keyOfSlice(slice)].join("\n");
  for (const derivative of derivatives) {
    const known = highest.get(placeOf(derivative));
    if (known === undefined || semver.gt(derivative.version, known))
      highest.set(placeOf(derivative), derivative.version);
  }
  return derivatives.filter((derivative) => highest.get(placeOf(derivative)) === derivative.version);
};
