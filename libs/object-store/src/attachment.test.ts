import { expect, test } from "vitest";
import { attachment } from "./attachment.ts";

test.each([
  ["plain.txt", `attachment; filename="plain.txt"; filename*=UTF-8''plain.txt`],
  ["ü (1).txt", `attachment; filename="_ (1).txt"; filename*=UTF-8''%C3%BC%20%281%29.txt`],
  ['a";\r\nx: y', `attachment; filename="a_;__x: y"; filename*=UTF-8''a%22%3B%0D%0Ax%3A%20y`],
])("the file name %j becomes a safe header", (name, header) => {
  expect(attachment(name)).toBe(header);
});
