import type { Json } from "@rollerblade/abids";

/** What stands at a place of a JSON document (RFC 6901), or undefined where nothing does. */
export const atPointer = (document: Json, pointer: string): Json | undefined => {
  let found: Json | undefined = document;
  for (const part of pointer.split("/").slice(1)) {
    if (found === undefined) return undefined;
    found = child(found, part.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return found;
};

const child = (parent: Json, name: string): Json | undefined => {
  if (isList(parent)) return /^(0|[1-9][0-9]*)$/.test(name) ? parent[Number(name)] : undefined;
  if (parent === null || typeof parent !== "object") return undefined;
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
