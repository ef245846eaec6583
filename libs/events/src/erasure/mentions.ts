/** What is erased: a person of a dataset, or the whole of it. */
export type Erased = {
  readonly dataset: string;
  /** Label of the person; null for the whole dataset. */
  readonly subject: string | null;
};

/**
 * Whether a decoded message, or any other value, names a person: in a field that is called `subject`, or as `sub-<label>` in a text, such
 * as a path, a key or a reason. Bodies of slices travel as bytes and are read as text.
 */
export const mentions = (value: unknown, subject: string): boolean => {
  if (typeof value === "string") return namesInText(value, subject);
  if (value instanceof Uint8Array) return namesInText(Buffer.from(value).toString("utf8"), subject);
  if (Array.isArray(value)) return value.some((one) => mentions(one, subject));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, one]) => (key === "subject" && one === subject) || mentions(one, subject));
};

/** A label ends where neither a letter, a digit nor a plus follows (BIDS, "Common principles": labels are of these). */
const namesInText = (text: string, subject: string): boolean =>
  endsAfter(text, `sub-${subject}`) || text.includes(`"subject":"${subject}"`);

const endsAfter = (text: string, name: string): boolean => {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!/[A-Za-z0-9+]/.test(text.charAt(at + name.length))) return true;
  return false;
};
