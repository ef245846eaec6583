import { entityKeys, faultOfScanValue } from "@rollerblade/abids";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import type { YamlText } from "@rollerblade/analysis";
import type { PipelineDocument } from "./document.ts";
import type { Fault } from "./faults.ts";

const fields: readonly string[] = ["suffix", "datatype", "extension", ...entityKeys];

/** Keys and values of `on.scan` that no scan can have. */
export const scanFieldFaults = (document: PipelineDocument, text: YamlText): Fault[] =>
  document.rules.flatMap((rule, index) => {
    if (rule.on.kind !== "scan") return [];
    const impossible = Object.entries(rule.on.fields).flatMap(([key, values]) =>
      values.flatMap((value) => {
        const message = fields.includes(key) ? faultOfScanValue(key, value) : undefined;
        const position = text.positionOf(["rules", index, "on", "scan", key]);
        return message === undefined ? [] : [{ position, part: `rule ${rule.name}`, field: `on.scan.${key}`, message }];
      }),
    );
    const unknown = Object.keys(rule.on.fields)
      .filter((key) => !fields.includes(key))
      .map((key) => ({
        position: text.positionOfKey(["rules", index, "on", "scan", key]),
        part: `rule ${rule.name}`,
        field: `on.scan.${key}`,
        message: `is neither suffix, datatype or extension nor the key of a BIDS entity${didYouMean(key, fields)}`,
      }));
    return [...unknown, ...impossible];
  });
