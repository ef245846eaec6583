import { expect, test } from "vitest";
import { hashPassword, requirePassword, verifyPassword } from "./passwords.ts";

test("a password is its own hash's and no other's, and two hashes of it are not alike", async () => {
  const [one, other] = await Promise.all([hashPassword("correct horse"), hashPassword("correct horse")]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(one).not.toBe(other);
  expect(await verifyPassword("correct horse", one)).toBe(true);
  expect(await verifyPassword("correct horsf", one)).toBe(false);
});

test("a hash of other costs is verified with its own, one that is none never is", async () => {
  // Made by `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 24`, of the reference implementation.
  const phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  expect(await verifyPassword("password", phc)).toBe(true);
  for (const none of [undefined, "", "$argon2id$v=19$m=19456,t=2,p=1$$", "plain"]) {
    expect(await verifyPassword("", none)).toBe(false);
  }
});

test.each(["short", "ada", "adalovelace"])("%s is not a password of adalovelace", (password) => {
  expect(() => requirePassword(password, "adalovelace")).toThrow("8 characters or more");
});
