import type { JsonObject } from "../json.ts";

/**
 * A type whose members, however deep, cannot be assigned: facts are shared between handlers and never changed in place.
 */
export type Immutable<T> = JsonObject extends T
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Immutable<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Immutable<T[Key]> }
      : T;
