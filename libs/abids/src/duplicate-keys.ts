/**
 * Finds keys that stand twice in one object of a JSON text, as paths: `Sequence.EchoTime`. JSON readers take the last value and
 * say nothing, so that the first one is lost (RFC 8259, 4: "names within an object SHOULD be unique"). The text must be JSON.
 * @param limit of the keys that are named. @default 10
 */
export const findDuplicateKeys = (json: string, limit = 10): readonly string[] => {
  const found = new Set<string>();
  const open: Frame[] = [];
  for (const [written] of json.matchAll(token)) {
    if (found.size >= limit) break;
    const frame = open.at(-1);
    if (written === "{" || written === "[") open.push({ keys: written === "{" ? new Set() : null, key: null });
    else if (written === "}" || written === "]") open.pop();
    else if (written === ",") resetKey(frame);
    else if (frame !== undefined && frame.keys !== null && frame.key === null) {
      const key: unknown = JSON.parse(written);
      frame.key = String(key);
      if (frame.keys.has(frame.key)) found.add(open.flatMap((outer) => outer.key ?? []).join("."));
      frame.keys.add(frame.key);
    }
  }
  return [...found];
};

/** What is wrong with an object that has such a key. */
export const faultOfDuplicateKey = (path: string): string =>
  `has the key ${JSON.stringify(path.slice(0, 200))} twice; the last value counts`;

/** An object or list that is not closed yet; a list has no keys. */
type Frame = { readonly keys: Set<string> | null; key: string | null };

const resetKey = (frame: Frame | undefined): void => {
  if (frame !== undefined) frame.key = null;
};

/** Strings, which hold anything, and what opens, closes and separates; numbers and words between them play no part. */
const token = /"(?:[^"\\]|\\[\s\S])*"|[{}[\],]/g;
