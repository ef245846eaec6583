import { expect, test } from "vitest";
import { readIssuers } from "./issuer-settings.ts";
import { readClaims, userNameFrom } from "./read-claims.ts";

test.each([
  ["ada", "ada"],
  ["Ada.Lovelace@Example.org", "ada.lovelace@example.org"],
  ["Zoë Müller", "zoe-muller"],
  ["  DOMAIN\\ada", "domain-ada"],
  ["group:admins", "group-admins"],
  ["李", ""],
  ["a".repeat(100), "a".repeat(63)],
])("who is %j at an issuer is %j here", (claimed, name) => {
  expect(userNameFrom(claimed)).toBe(name);
});

const issuerOf = (settings: Record<string, unknown> = {}) => {
  const [issuer] = readIssuers(
    JSON.stringify([{ name: "uni", url: "https://login.example.org", clientId: "x", ...settings }]),
  );
  if (issuer === undefined) throw new Error("There is no issuer.");
  return issuer;
};
const read = (claims: Record<string, unknown>, settings = {}) =>
  readClaims(issuerOf(settings), "https://login.example.org", "7", claims);

test("groups are named behind their issuer, of which an installation may have several", () => {
  expect(read({ preferred_username: "ada", groups: ["/staff", "lab"] }).groups).toEqual(["uni:/staff", "uni:lab"]);
  expect(read({ groups: "lab" }).groups).toEqual(["uni:lab"]);
  expect(read({ roles: ["x"] }, { groupsClaim: "roles" }).groups).toEqual(["uni:x"]);
  for (const claims of [{}, { groups: null }, { groups: [] }]) expect(read(claims).groups).toEqual([]);
});

test.each([
  ["no texts", { groups: [1] }],
  ["an object", { groups: { lab: true } }],
  ["at another address, as of somebody in very many", { _claim_names: { groups: "src1" } }],
])("groups that are %s are an error, and not none", (_, claims) => {
  expect(() => read(claims)).toThrow(expect.objectContaining({ code: "invalid", subject: "groups" }));
});

test("only who is in an allowed group is let in, where there are such", () => {
  expect(read({ groups: ["lab"] }, { allowedGroups: ["lab"] }).groups).toEqual(["uni:lab"]);
  for (const claims of [{}, { groups: ["kitchen"] }])
    expect(() => read(claims, { allowedGroups: ["lab"] })).toThrow(expect.objectContaining({ code: "forbidden" }));
});

test.each([
  ["no JSON", "{"],
  ["an unknown key", '[{"name":"uni","url":"https://x.org","clientId":"x","clientSecret":"y"}]'],
  ["no TLS", '[{"name":"uni","url":"http://x.org","clientId":"x"}]'],
  [
    "two of one name",
    '[{"name":"a","url":"https://x.org","clientId":"x"},{"name":"a","url":"https://y.org","clientId":"x"}]',
  ],
  ["a name with a colon", '[{"name":"a:b","url":"https://x.org","clientId":"x"}]'],
])("settings with %s name the variable, and no value of it", (_, text) => {
  expect(() => readIssuers(text)).toThrow(
    expect.objectContaining({ code: "invalid", subject: "ROLLERBLADE_ACCOUNTS_ISSUERS" }),
  );
});
