import { z } from "zod";

const name = "[A-Za-z0-9][A-Za-z0-9_-]{0,62}";
const pin = "[A-Za-z0-9][A-Za-z0-9._:-]{0,62}";

/** What a saved query may be called; `true` and `false` are expressions already. */
export const queryName = z
  .string()
  .regex(new RegExp(`^(?!(?:true|false)$)${name}$`), "1 to 63 letters, digits, - and _, a letter or digit first");

/** What a pin of a saved query may be called. */
export const pinName = z.string().regex(new RegExp(`^${pin}$`));

/** A saved query, or a pin of it. */
export type QueryReference = { readonly name: string; readonly pin: string | null };

const reference = new RegExp(`^(?!(?:true|false)$)(${name})(?:@(${pin}))?$`);

/**
 * Reads `NAME` or `NAME@PIN`; null for an expression, which is never a single word but for `true` and `false`.
 * @example readQueryReference("elderly@2026") // { name: "elderly", pin: "2026" }
 */
export const readQueryReference = (text: string): QueryReference | null => {
  const [, found, at] = reference.exec(text.trim()) ?? [];
  return found === undefined ? null : { name: found, pin: at ?? null };
};
