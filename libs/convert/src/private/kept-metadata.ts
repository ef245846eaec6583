import { isJsonList, isJsonObject, type Json, type JsonObject } from "@rollerblade/abids";
import { metadataTerms } from "@rollerblade/abids/metadata-terms";
import { isMachineValue } from "./machine-values.ts";
import { holdsPrivate, type PrivateTexts } from "./private-texts.ts";

/**
 * Terms of BIDS that lead to a person, a place or a machine, and dates. They stay only where the mapping names them as
 * `keep`.
 */
const identifyingTerms: ReadonlySet<string> = new Set([
  ...["InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName", "DeviceSerialNumber"],
  ...["ScanDate", "SampleExtractionInstitution", "SubjectArtefactDescription", "Acknowledgements", "PhotoDescription"],
]);

/** Terms under their own name: the schema tells two meanings of one name apart as `Name__GeneratedBy`. */
const terms: ReadonlySet<string> = new Set([...metadataTerms.keys()].map((term) => term.split("__")[0] ?? term));

/** Why a key was taken out of a sidecar. */
export type RemovalReason =
  | "not a term of BIDS"
  | "identifies a person, place, machine or day"
  | "holds a private text"
  | "a text that somebody may have typed";

/** What is left of a sidecar, and what was taken out of it. */
export type KeptMetadata = {
  readonly metadata: JsonObject;
  readonly removed: readonly { readonly key: string; readonly reason: RemovalReason }[];
};

/**
 * Leaves the terms of BIDS in a sidecar, and takes out every other key, those that identify, all values that hold a text by which
 * the headers name the person, and texts that no machine and no vocabulary wrote. An allow-list: what nobody thought of is taken
 * out. `keep`: of the mapping.
 */
export const keptMetadata = (sidecar: JsonObject, texts: PrivateTexts, keep: ReadonlySet<string>): KeptMetadata => {
  const metadata: { [key: string]: Json } = {};
  const removed: { key: string; reason: RemovalReason }[] = [];
  for (const [key, value] of Object.entries(sidecar)) {
    const reason = keep.has(key) ? null : reasonAgainst(key, value, texts);
    if (reason === null) metadata[key] = value;
    else removed.push({ key, reason });
  }
  return { metadata, removed };
};

const reasonAgainst = (key: string, value: Json, texts: PrivateTexts): RemovalReason | null => {
  if (!terms.has(key)) return "not a term of BIDS";
  if (identifyingTerms.has(key)) return "identifies a person, place, machine or day";
  const written = textsOf(value);
  if (written.some((text) => holdsPrivate(texts, text))) return "holds a private text";
  return written.length > 0 && !isMachineValue(key, value) ? "a text that somebody may have typed" : null;
};

const textsOf = (value: Json): readonly string[] => {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  if (isJsonList(value)) return value.flatMap(textsOf);
  return isJsonObject(value) ? Object.entries(value).flatMap(([key, item]) => [key, ...textsOf(item)]) : [];
};
