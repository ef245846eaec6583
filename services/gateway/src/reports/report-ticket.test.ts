import { expect, test } from "vitest";
import { type ReportTicket, readTicket, writeTicket } from "./report-ticket.ts";

const ticket: ReportTicket = {
  ...{ name: "ada", limitedToken: "7", dataset: "brains", folder: "derivatives/report-1.0.0/", expires: 1_000 },
};
const written = writeTicket(ticket, "secret");
const [text = "", signature = ""] = written.split(".");

test("a ticket is read as it was written, until its time is over", () => {
  expect(readTicket(written, "secret", 999_999)).toEqual(ticket);
  expect(readTicket(written, "secret", 1_000_000)).toBeNull();
});

test.each([
  ["with another secret", written, "another"],
  [
    "of a longer time",
    `${Buffer.from(JSON.stringify({ ...ticket, expires: 9_999 })).toString("base64url")}.${signature}`,
    "secret",
  ],
  ["without a signature", text, "secret"],
  ["with an empty one", `${text}.`, "secret"],
  ["with something behind it", `${written}.x`, "secret"],
  ["of nothing", "", "secret"],
])("a ticket %s is none", (_, segment, secret) => {
  expect(readTicket(segment, secret, 0)).toBeNull();
});
