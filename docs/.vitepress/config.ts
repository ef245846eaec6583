import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

const docs = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Where the sources can be read, for links that lead out of the documentation. Without it they are shown as text. */
const sources = process.env.DOCS_SOURCE_URL;

const titleOf = (file: string): string => /^# (.*)$/m.exec(readFileSync(join(docs, file), "utf8"))?.[1] ?? file;

const page = (link: string) => ({ text: titleOf(`${link}.md`).replaceAll("`", ""), link: `/${link}` });

const decisions = readdirSync(join(docs, "adr"))
  .filter((file) => /^\d{4}-.*\.md$/.test(file))
  .sort()
  .map((file) => page(`adr/${file.slice(0, -".md".length)}`));

export default defineConfig({
  title: "Rollerblade",
  description: "Brain scans as BIDS, analyses as containers, a few lines of configuration to decide what runs next",
  base: process.env.DOCS_BASE ?? "/",
  cleanUrls: true,
  lastUpdated: true,
  ignoreDeadLinks: false,
  markdown: {
    config: (markdown) => {
      // Braces in code are text, and no expression of Vue.
      markdown.renderer.rules.code_inline = (tokens, index) =>
        `<code v-pre>${markdown.utils.escapeHtml(tokens[index]?.content ?? "")}</code>`;
      const original = markdown.renderer.rules.link_open;
      markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
        const token = tokens[index];
        const href = token?.attrGet("href") ?? "";
        const path = posix.join(posix.dirname(env.relativePath), href);
        const leaves = !/^([a-z]+:|#|\/)/.test(href) && (path.startsWith("..") || path.endsWith(".json"));
        if (token !== undefined && leaves) {
          const file = posix.join("docs", path);
          if (sources === undefined) token.attrs = [["title", file]];
          else token.attrSet("href", `${sources}/${file}`);
          return self.renderToken(tokens, index, options);
        }
        return original === undefined
          ? self.renderToken(tokens, index, options)
          : original(tokens, index, options, env, self);
      };
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: [
      { text: "Start here", items: [page("index"), page("architecture"), page("comparison"), page("security")] },
      { text: "Tutorials", items: [page("tutorials/first-analysis"), page("tutorials/a-lab-of-four")] },
      {
        text: "How to",
        items: [
          page("how-to/get-to-bids"),
          page("how-to/import-and-export"),
          page("how-to/query"),
          page("how-to/sign-in"),
          page("how-to/console"),
          page("how-to/access"),
          page("how-to/python"),
          page("how-to/http-api-from-python"),
          page("how-to/write-an-analysis"),
          page("how-to/flagship"),
          page("how-to/run-on-kubernetes"),
          page("how-to/back-up-and-restore"),
          page("how-to/upgrade"),
          page("how-to/uninstall"),
        ],
      },
      {
        text: "Reference",
        items: [
          page("reference/cli"),
          page("reference/http-api"),
          page("reference/pipeline"),
          page("reference/mapping"),
          page("reference/bids"),
          page("reference/events"),
          page("reference/configuration"),
          page("reference/settings"),
          page("reference/versions"),
        ],
      },
      { text: "Decisions", collapsed: true, items: [page("adr/index"), ...decisions] },
    ],
  },
});
