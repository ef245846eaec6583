import { parseDocument } from "@rollerblade/pipeline";
import { printMessage } from "../messages.ts";
import { printJson, type Reading } from "../print.ts";
import { readDocument } from "./read-document.ts";

/** `pipeline check FILE`: checks a document by its text alone, without a server. */
export const checkPipeline = async (file: string, { json, name }: Reading & { name?: string }): Promise<void> => {
  const text = await readDocument(file, name);
  const { datasets, rules, tags } = parseDocument(text.name, text.source);
  const names = { name: text.name, datasets, rules: rules.map((rule) => rule.name), tags: tags.map((tag) => tag.name) };
  if (json === true) return printJson(names);
  printMessage(`${file} is a valid document: ${rules.length} rules, ${tags.length} tags, for ${datasets.join(", ")}.`);
};
