import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { printProblem } from "../messages.ts";
import { printJson, printTable, printText } from "../print.ts";
import { showSteps } from "../progress/show-steps.ts";
import { paint, rendered } from "./paint.ts";
import { jsonText, terminalText, write } from "./write.ts";

afterEach(() => void vi.restoreAllMocks());

/** Everything that is written meanwhile. */
const written = async (print: () => unknown): Promise<string> => {
  let all = "";
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      all += text;
      return true;
    });
  await print();
  vi.restoreAllMocks();
  return all;
};

/** A title, a link, a cleared screen, a colour, an eight-bit CSI, a bell, DEL, text turned around, an overwritten line. */
const hostile =
  "nice \u001b]0;owned\u0007 \u001b]8;;http://evil/\u0007 \u001b[2J\u001b[31m \u009b2J \u007f \u202egnp.exe \u2066x \u200f \rgone";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const raw = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

test.each<[string, () => unknown]>([
  ["a text", () => printText(hostile)],
  ["a table", () => printTable(["name", "description"], [[hostile, hostile]])],
  ["an empty table", () => printTable(["name"], [], hostile)],
  ["JSON", () => printJson({ [hostile]: hostile })],
  ["an error", () => printProblem(new Error(hostile))],
  ["progress", () => showSteps([{ title: hostile, work: async () => hostile }])],
])("%s of somebody else does not drive the terminal", async (_, print) => {
  const text = await written(print);
  // Of an overwritten line an error shows the end.
  expect(text).toMatch(/nice|gone/);
  expect(text).not.toMatch(raw);
});

test("JSON says the same with its escapes", () => {
  const value = { [hostile]: [hostile, "a\u2028b"] };
  expect(JSON.parse(jsonText(JSON.stringify(value)))).toEqual(value);
});

test("tabs and line ends stay, those of Windows as one", () => {
  expect(terminalText("a\tb\r\nc\n")).toBe("a\tb\nc\n");
  expect(terminalText("a\u001b[31m")).toBe("a\\u{1b}[31m");
});

test("only paint makes colours, and only for a terminal", async () => {
  const text = `${paint.red("Error:")} ${paint.bold(paint.cyan("x"))}`;
  expect(rendered(text, true)).toBe("\u001b[31mError:\u001b[39m \u001b[1m\u001b[36mx\u001b[39m\u001b[22m");
  expect(rendered(text, false)).toBe("Error: x");
  expect(await written(() => write("stdout", text))).toBe("Error: x");
});

test("nothing else of the command line writes to its outputs", () => {
  const folder = join(import.meta.dirname, "..");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    // The templates hold programs that write by themselves.
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "analysis/templates.ts",
  );
  const writers = files.filter((file) =>
    /process\.(stdout|stderr)\.write|\bconsole\.[a-z]+\(|from "picocolors"/.test(
      readFileSync(join(folder, file), "utf8"),
    ),
  );
  expect(writers).toEqual([]);
});
