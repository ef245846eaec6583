import { Problem } from "@rollerblade/errors";

/** S3's limit of a key, in bytes of UTF-8. */
const maxKeyBytes = 1024;
/** What file systems let a name have, in bytes of UTF-8. */
const maxNameBytes = 255;

/**
 * Returns the key when it is one that every store can hold: relative, `/` between its names, no `.` or `..`, no empty name, no
 * control character, no backslash (URLs turn it into `/`), well-formed Unicode, not too long.
 * @throws Problem `invalid` that says what is wrong with it
 */
export const checkKey = (key: string): string => {
  const fault = faultOfKey(key);
  if (fault === null) return key;
  const shown = JSON.stringify(key.length > 120 ? `${key.slice(0, 120)}…` : key);
  throw new Problem({ code: "invalid", message: `The object key ${shown} ${fault}.`, subject: key.slice(0, 200) });
};

/** As a key, but it may be empty and may end in the middle of a name or in `/`. @throws Problem `invalid` */
export const checkPrefix = (prefix: string): string => {
  if (prefix !== "") checkKey(prefix.endsWith("/") ? `${prefix}x` : prefix);
  return prefix;
};

/** What is wrong with a key, or null. */
export const faultOfKey = (key: string): string | null => {
  if (key === "") return "is empty";
  if (!key.isWellFormed()) return "is not well-formed Unicode";
  if (Buffer.byteLength(key) > maxKeyBytes) return `is longer than ${maxKeyBytes} bytes`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(key)) return "has a control character";
  if (key.includes("\\")) return "has a backslash";
  if (key.startsWith("/")) return "begins with a slash";
  const names = key.split("/");
  if (names.includes("")) return "has an empty name between slashes, or ends with one";
  if (names.some((name) => name === "." || name === "..")) return "steps out of its place";
  if (names.some((name) => Buffer.byteLength(name) > maxNameBytes))
    return `has a name longer than ${maxNameBytes} bytes`;
  return null;
};
