import { expect, test } from "vitest";
import { connect } from "./connect.ts";

test("an address that is not PostgreSQL's is refused with the variable's name", () => {
  expect(() => connect("mysql://host/db")).toThrow(expect.objectContaining({ subject: "ROLLERBLADE_DATABASE_URL" }));
});
