import { isJsonObject, type Json, type JsonObject } from "@rollerblade/abids";

/** Bytes of the tag of a field whose number is below 16, and of a fixed 64-bit number behind its tag. */
const [tagBytes, doubleBytes] = [1, 9];

/** Bytes of a whole number in protobuf's variable-length form: 7 bits a byte. */
const varintBytes = (value: number): number => (value < 0x80 ? 1 : 1 + varintBytes(Math.floor(value / 0x80)));

/** Bytes of something of `bytes` bytes behind its tag and its length. */
const delimited = (bytes: number): number => tagBytes + varintBytes(bytes) + bytes;

/**
 * Bytes of a JSON object as a `google.protobuf.Struct`, in which facts travel. It is not the size of the JSON: `1,` is two bytes there
 * and eleven here.
 */
export const structBytes = (object: JsonObject): number =>
  Object.entries(object).reduce((sum, [key, value]) => sum + entryBytes(key, value), 0);

/** Bytes of one member of a `Struct`: a map entry of key and value. */
export const entryBytes = (key: string, value: Json): number =>
  delimited(delimited(Buffer.byteLength(key)) + delimited(valueBytes(value)));

/** Bytes of a `google.protobuf.Value`. */
const valueBytes = (value: Json): number => {
  if (typeof value === "number") return doubleBytes;
  if (typeof value === "string") return delimited(Buffer.byteLength(value));
  if (Array.isArray(value)) return delimited(value.reduce((sum: number, item) => sum + delimited(valueBytes(item)), 0));
  if (isJsonObject(value)) return delimited(structBytes(value));
  // A boolean, or null as an enumeration.
  return tagBytes + 1;
};
