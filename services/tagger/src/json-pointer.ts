import type { Json } from "@rollerblade/analysis";

/** The value at a JSON pointer (RFC 6901), or undefined where there is none; the empty pointer is the whole document. */
export const valueAt = (document: Json, pointer: string): Json | undefined => {
  let value: Json | undefined = document;
  for (const escaped of pointer.split("/").slice(1)) {
    value = memberOf(value, escaped.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return value;
};

const memberOf = (value: Json | undefined, name: string): Json | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
};
