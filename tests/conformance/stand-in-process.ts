/**
 * A small program that takes the command line of a tool whose Boutiques descriptor it is given first, and writes every file that the
 * descriptor says the tool writes: an image is the image that it was given, anything else holds the values that it has read. What it read
 * of its arguments stands in `arguments.json`. Arguments that the tool does not have end it with 2, as they would end the tool.
 *
 * Usage: node stand-in-process.ts DESCRIPTOR WORD…
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { z } from "zod";

const descriptor = z.object({
  "command-line": z.string(),
  inputs: z.array(
    z.object({
      id: z.string(),
      type: z.enum(["File", "String", "Number", "Flag"]),
      "value-key": z.string(),
      optional: z.boolean().default(false),
      list: z.boolean().default(false),
      "list-separator": z.string().default(" "),
      "command-line-flag": z.string().optional(),
      "command-line-flag-separator": z.string().default(" "),
      "value-choices": z.array(z.union([z.string(), z.number()])).optional(),
    }),
  ),
  "output-files": z.array(
    z.object({
      "path-template": z.string(),
      "path-template-stripped-extensions": z.array(z.string()).default([]),
    }),
  ),
});
type Input = z.output<typeof descriptor>["inputs"][number];
type Value = string | number | boolean | (string | number)[];

const refuse = (message: string): never => {
  process.stderr.write(`${message}\n`);
  process.exit(2);
};

const [file = "", ...given] = process.argv.slice(2);
const tool = descriptor.parse(JSON.parse(readFileSync(file, "utf8")));
const flags = new Set(tool.inputs.flatMap((input) => input["command-line-flag"] ?? []));
const words = [...given];

const typed = (input: Input, text: string): string | number => {
  if (input.type !== "Number") return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : refuse(`${input.id} is no number: ${text}`);
};

/** Takes the words of an input from the front of what is left; undefined where it was not given. */
const take = (input: Input): Value | undefined => {
  const flag = input["command-line-flag"];
  const separator = input["command-line-flag-separator"];
  const [next] = words;
  if (flag !== undefined && separator.trim() !== "") {
    if (next?.startsWith(`${flag}${separator}`) !== true) return undefined;
    words.shift();
    return valueIn(input, [next.slice(flag.length + separator.length)]);
  }
  if (flag !== undefined) {
    if (next !== flag) return undefined;
    words.shift();
    if (input.type === "Flag") return true;
  } else {
    if (next === undefined || flags.has(next)) return undefined;
    const choices = input["value-choices"]?.map(String);
    if (input.optional && choices?.includes(next) === false) return undefined;
  }
  const end = input.list ? words.findIndex((word) => flags.has(word)) : 1;
  return valueIn(input, words.splice(0, end < 0 ? words.length : end));
};

const valueIn = (input: Input, texts: readonly string[]): Value => {
  const [first] = texts;
  if (first === undefined) return refuse(`${input.id} has no value`);
  if (!input.list) return typed(input, first);
  const separator = input["list-separator"];
  const items = separator.trim() === "" ? texts : texts.flatMap((text) => text.split(separator));
  return items.map((text) => typed(input, text));
};

const byKey = new Map(tool.inputs.map((input) => [input["value-key"], input]));
const values = new Map<string, Value>();
for (const word of tool["command-line"].split(" ").filter((one) => one !== "")) {
  const input = byKey.get(word);
  if (input === undefined) {
    const next = words.shift();
    if (next !== word) refuse(`${word} was expected, and ${next} given`);
    continue;
  }
  const value = take(input);
  if (value !== undefined) values.set(input.id, value);
  else if (!input.optional && input.type !== "Flag") refuse(`${input.id} is missing`);
}
if (words.length > 0) refuse(`unknown arguments: ${words.join(" ")}`);

const image = tool.inputs.flatMap(({ id, type }) => {
  const value = values.get(id);
  return type === "File" && typeof value === "string" ? [value] : [];
})[0];
const shown = Object.fromEntries(
  tool.inputs.flatMap(({ id, type }) => {
    const value = values.get(id);
    return value === undefined ? [] : [[id, type === "File" && typeof value === "string" ? basename(value) : value]];
  }),
);
writeFileSync("arguments.json", `${JSON.stringify(shown)}\n`);
for (const { "path-template": template, "path-template-stripped-extensions": stripped } of tool["output-files"]) {
  let path = template;
  for (const [key, { id, type }] of byKey) {
    const value = values.get(id);
    if (value === undefined) continue;
    let text = type === "File" ? basename(String(value)) : String(value);
    for (const extension of stripped) if (text.endsWith(extension)) text = text.slice(0, -extension.length);
    path = path.replaceAll(key, text);
  }
  // A file whose name needs a value that was not given is not written.
  if ([...byKey.keys()].some((key) => path.includes(key))) continue;
  if (dirname(path) !== ".") mkdirSync(dirname(path), { recursive: true });
  const isImage = /\.nii(\.gz)?$/.test(path) && image !== undefined;
  writeFileSync(path, isImage ? readFileSync(image) : JSON.stringify(shown));
}
