/** What a Range header asks of an object: all of it, a part, or what is not there. */
export type AskedRange =
  | { readonly kind: "whole" }
  | { readonly kind: "part"; readonly start: number; readonly end: number }
  | { readonly kind: "outside" };

/**
 * Reads a Range header for an object of `size` bytes (RFC 9110, 14.1). Several ranges at once, other units and nonsense are
 * answered with the whole object, as the standard allows.
 */
export const readRange = (header: string | undefined, size: number): AskedRange => {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return { kind: "whole" };
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return { kind: "whole" };
  if (start >= size || (from === "" && Number(to) === 0)) return { kind: "outside" };
  return { kind: "part", start, end };
};
