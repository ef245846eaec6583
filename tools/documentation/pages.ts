import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../measure/repository-files.ts";
import { type MarkdownPage, readMarkdown } from "./markdown.ts";

/** The repository. */
export const repository = join(import.meta.dirname, "..", "..");

/** A page of the documentation with its path in the repository. */
export type Page = MarkdownPage & { readonly file: string };

/** Markdown that is data, or a part of a generated page. */
const isData = (file: string): boolean =>
  /^(examples\/datasets\/|tests\/data\/|\.changeset\/|libs\/events\/documentation\/introduction)/.test(file);

/** Every Markdown page that people read: README, docs, decisions, READMEs of folders. */
export const pages: readonly Page[] = listFiles(repository)
  .filter((file) => file.endsWith(".md") && !isData(file))
  .map((file) => ({ file, ...readMarkdown(readFileSync(join(repository, file), "utf8")) }));
