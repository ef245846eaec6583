import { expect, test } from "vitest";
import { asciiJson } from "./request-record.ts";

test.each(["plain", "é🧠\u2028", "\ufffd", 'a\u007fb\n"c'])(
  "%j travels in a header, and is read as what it was",
  (name) => {
    const text = asciiJson({ used: [`dataset ${name}`] });
    expect(text).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(text)).toEqual({ used: [`dataset ${name}`] });
  },
);
