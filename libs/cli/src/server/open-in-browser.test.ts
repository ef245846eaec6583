import { expect, test } from "vitest";
import { redirectPage } from "./open-in-browser.ts";

test("the page leads to the address, whatever stands in it", () => {
  expect(redirectPage("http://127.0.0.1:7700/sign-in#code=a-b_c")).toContain(
    'content="0; url=http://127.0.0.1:7700/sign-in#code=a-b_c"',
  );
  expect(redirectPage('http://127.0.0.1/"><script>alert(1)</script>')).not.toContain("<script>");
});
