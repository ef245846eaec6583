import { expect, test } from "vitest";
import { readColumns } from "./columns.ts";

test.each(["\n", "\r\n", "\r"])("a table whose lines end in %j has the same cells", (end) => {
  expect(readColumns(["participant_id\tage", "sub-01\t20", "sub-02\t30", ""].join(end))).toEqual({
    participant_id: ["sub-01", "sub-02"],
    age: ["20", "30"],
  });
});
