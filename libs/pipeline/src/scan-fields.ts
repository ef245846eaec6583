import type { PipelineDocument } from "./document.ts";
import type { Fault } from "./faults.ts";
import type { YamlText } from "./yaml-text.ts";

/** Entities by the key that stands in file names (BIDS schema 1.10, `objects/entities.yaml`), in their order. */
const entities = (
  "sub tpl ses cohort sample task tracksys acq nuc voi ce trc stain rec dir run mod echo flip inv mt part proc hemi space " +
  "split recording chunk seg res den label desc atlas scale"
).split(" ");

const fields: readonly string[] = ["suffix", "datatype", "extension", ...entities];

/** Keys of `on.scan` that no scan can have. */
export const scanFieldFaults = (document: PipelineDocument, text: YamlText): Fault[] =>
  document.rules.flatMap((rule, index) => {
    if (rule.on.kind !== "scan") return [];
    return Object.keys(rule.on.fields)
      .filter((key) => !fields.includes(key))
      .map((key) => ({
        position: text.positionOfKey(["rules", index, "on", "scan", key]),
        part: `rule ${rule.name}`,
        field: `on.scan.${key}`,
        message: `is neither suffix, datatype or extension nor a BIDS entity (${entities.join(", ")})`,
      }));
  });
