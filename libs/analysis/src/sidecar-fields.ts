import { isJsonObject, type JsonObject } from "@rollerblade/abids";
import { faultOfValue, parseExactly } from "./exact-values.ts";

/** Bytes of the fields that an analysis may write for one output: they are kept with it in tables. */
export const maxSidecarBytes = 64 * 1_024;

/** Limit of characters of a field's name. */
const maxNameLength = 100;

/** Fields that Rollerblade writes: facts of the execution, which no analysis replaces. */
const ours = ["Sources", "GeneratedBy"];

/** The fields that an analysis wrote for the sidecar of an output, or why they cannot stand in one. */
export type SidecarFields = { readonly fields: JsonObject } | { readonly fault: string };

/**
 * Reads what an analysis wrote as `$ROLLERBLADE_OUT/<output>.json` beside an output: a JSON object with fields of BIDS, each of the
 * type that BIDS gives it, and with others as it likes.
 */
export const readSidecarFields = async (text: string): Promise<SidecarFields> => {
  if (Buffer.byteLength(text) > maxSidecarBytes)
    return { fault: `has ${Buffer.byteLength(text)} bytes, of which a sidecar may have ${maxSidecarBytes}` };
  const parsed = parseExactly(text);
  if ("fault" in parsed) return { fault: `is not a sidecar: ${parsed.fault}` };
  const fields = parsed.value;
  if (!isJsonObject(fields)) return { fault: "is not a sidecar: it is JSON, but not an object" };
  // The schema of BIDS is large, and most analyses write no sidecar.
  const { faultOfMetadata } = await import("@rollerblade/abids/metadata-value");
  for (const [name, value] of Object.entries(fields)) {
    if (ours.includes(name)) return { fault: `holds ${name}, which Rollerblade writes itself` };
    if (name === "" || name.length > maxNameLength)
      return { fault: `holds a field whose name has ${name.length} characters, not 1 to ${maxNameLength}` };
    const fault = faultOfValue(name) ?? faultOfValue(value) ?? faultOfMetadata(name, value);
    if (fault !== null && fault !== undefined) return { fault: `holds ${JSON.stringify(name)}, which ${fault}` };
  }
  return { fields };
};
