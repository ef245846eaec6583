import { expect, test } from "vitest";
import { escapeHtml } from "./escape-html.ts";
import { findingsPage, type ShownFinding, summaryOf } from "./findings-page.ts";

const head = { dataset: "brains", madeAt: "2026-01-02T03:04:05.000Z", errors: 1, warnings: 1 };
const section = "https://bids-specification.readthedocs.io/en/v1.11.1/common-principles.html#filenames";
const finding = (more: Partial<ShownFinding> = {}): ShownFinding => ({
  ...{
    severity: "error",
    rule: "name-syntax",
    file: "sub-01/x",
    message: "is not a name",
    advice: "Rename it.",
    section,
  },
  ...more,
});
const page = (...findings: ShownFinding[]): string => [...findingsPage(head, findings)].join("");

test.each([
  ["a script", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
  ["an attribute that ends", `" onload='x'`, "&quot; onload=&#39;x&#39;"],
  ["an entity", "&lt;", "&amp;lt;"],
  ["a line break and a NUL", "a\nb\0c", "a\\u{a}b\\u{0}c"],
  ["writing turned around", "gpj.\u202eexe", "gpj.\\u{202e}exe"],
  ["half a pair", "a\ud800b", "a\ufffdb"],
  ["another script", "日本/Ä", "日本/Ä"],
])("%s is text", (_, text, escaped) => {
  expect(escapeHtml(text)).toBe(escaped);
});

test("a page holds every finding by severity and rule, with advice and section", () => {
  const html = page(finding(), finding({ file: "sub-02/y" }), finding({ severity: "warning", rule: "no-readme" }));
  expect(html).toContain("1 error and 1 warning");
  expect(html.match(/<details/g)).toHaveLength(2);
  expect(html).toContain("<code>sub-02/y</code>");
  expect(html).toContain(`<a href="${section}"`);
  expect(html.indexOf('id="errors"')).toBeLessThan(html.indexOf('id="warnings"'));
});

test("nothing of a dataset becomes markup, in any place", () => {
  const evil = `"><img src=x onerror=alert(1)><a href='javascript:x'>`;
  const html = [
    ...findingsPage({ ...head, dataset: evil }, [
      finding({ file: evil, message: evil, advice: evil, rule: evil, section: "javascript:alert(1)" }),
    ]),
  ].join("");
  expect(html).not.toMatch(/<img|<a |<script|javascript:x'/);
  expect(html).toContain("default-src 'none'");
});

test("a dataset without findings has a page, too", () => {
  expect(page()).toContain("Rollerblade found nothing wrong");
  expect([summaryOf(0, 0), summaryOf(2, 1)]).toEqual(["Nothing found", "2 errors and 1 warning"]);
});
