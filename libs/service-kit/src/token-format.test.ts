import { expect, test } from "vitest";
import { isDamagedToken, newToken } from "./token-format.ts";

test.each([
  ["personal", /^rbp_[A-Za-z0-9_-]{49}$/],
  ["service", /^rbv_[A-Za-z0-9_-]{49}$/],
  ["session", /^rbs_[A-Za-z0-9_-]{49}$/],
] as const)("a %s token shows what it is, and no two are alike", (kind, shape) => {
  expect(newToken(kind)).toMatch(shape);
  expect(newToken(kind)).not.toBe(newToken(kind));
});

test("one wrong, missing or additional letter is found, wherever it is", () => {
  const token = newToken("personal");
  expect(isDamagedToken(token)).toBe(false);
  for (let at = 4; at < token.length; at += 1) {
    const other = token[at] === "A" ? "B" : "A";
    expect(isDamagedToken(`${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBe(true);
    expect(isDamagedToken(token.slice(0, at))).toBe(true);
  }
  expect(isDamagedToken(`${token}A`)).toBe(true);
});

test("tokens of another form, such as those of the settings, are not judged", () => {
  expect(isDamagedToken("the-token-of-an-administrator")).toBe(false);
});
