import type { DataSet } from "dicom-parser";

/**
 * Attributes whose values name or describe a person, a place or a machine (PS3.15, table E.1-1, those that are texts). All of
 * group 0010 counts but sex, age, size and weight.
 */
const identifying: ReadonlySet<string> = new Set([
  ...["x00080050", "x00080080", "x00080081", "x00080090", "x00080092", "x00080094", "x00080096", "x00081010"],
  ...["x00081040", "x00081048", "x00081049", "x00081050", "x00081060", "x00081070", "x00081080", "x00084000"],
  ...["x00104000", "x00181000", "x00181002", "x00181004", "x00181005", "x00181007", "x00181008", "x00189424"],
  ...["x00200010", "x00204000", "x00321032", "x00321033", "x00324000", "x00380010", "x00380300", "x00380400"],
  ...["x00384000", "x00400006", "x00400241", "x00400242", "x00400243", "x00400280", "x00401001", "x00401005"],
  ...["x00401010", "x00401400", "x00402001", "x00402008", "x00402009", "x00402010", "x00402016", "x00402017"],
  ...["x00402400", "x0040a075", "x0040a123", "x00700084", "x4008010c", "x40080114", "x40084000"],
]);

/** Sex, age, size and weight, which tables of a dataset hold. */
const demographic: ReadonlySet<string> = new Set(["x00100040", "x00101010", "x00101020", "x00101030"]);

/** Texts of a header that name or describe a person, as they stand in it. */
export const identifyingTexts = (set: DataSet): readonly string[] => {
  const texts: string[] = [];
  for (const tag of Object.keys(set.elements)) {
    const isPerson = tag.startsWith("x0010") && !demographic.has(tag);
    const isName = set.elements[tag]?.vr === "PN";
    if (!isPerson && !isName && !identifying.has(tag)) continue;
    if ((set.elements[tag]?.items?.length ?? 0) > 0) continue;
    for (const value of (set.string(tag) ?? "").split("\\")) if (value.trim() !== "") texts.push(value.trim());
  }
  return texts;
};
