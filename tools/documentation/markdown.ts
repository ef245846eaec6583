/** A fenced block of code. `line` is that of the fence, beginning with 1. */
export type CodeBlock = { readonly language: string; readonly text: string; readonly line: number };

/** A link of the page, as it is written: `target` without its anchor, `anchor` without `#`, either of which may be empty. */
export type Link = { readonly target: string; readonly anchor: string; readonly line: number };

/** Text between backticks. */
export type InlineCode = { readonly text: string; readonly line: number };

/** What the checks look at of a Markdown page. */
export type MarkdownPage = {
  readonly blocks: readonly CodeBlock[];
  readonly inline: readonly InlineCode[];
  readonly links: readonly Link[];
  /** Names by which headings can be linked to. */
  readonly anchors: ReadonlySet<string>;
  /** Blocks that are indented instead of fenced: their language is unknown, so that nothing can check them. */
  readonly indented: readonly number[];
};

/** Reads the parts of a Markdown page that can be wrong: code, links, headings. */
export const readMarkdown = (source: string): MarkdownPage => {
  const blocks: CodeBlock[] = [];
  const inline: InlineCode[] = [];
  const links: Link[] = [];
  const anchors = new Set<string>();
  const indented: number[] = [];
  let open: {
    readonly fence: string;
    readonly language: string;
    readonly line: number;
    readonly text: string[];
  } | null = null;
  let blank = true;
  let inList = false;
  for (const [index, text] of source.split("\n").entries()) {
    const line = index + 1;
    const fence = /^\s*(```+)(\S*)/.exec(text);
    if (open !== null) {
      if (fence?.[1] === open.fence && fence[2] === "") {
        blocks.push({ language: open.language, text: open.text.join("\n"), line: open.line });
        open = null;
      } else open.text.push(text);
      continue;
    }
    if (fence?.[1] !== undefined) {
      open = { fence: fence[1], language: fence[2] ?? "", line, text: [] };
      continue;
    }
    inList = /^(\s*[-*]|\s*\d+\.)\s/.test(text) || (inList && (text.trim() === "" || /^\s/.test(text)));
    if (blank && /^ {4}\S/.test(text) && !inList) indented.push(line);
    blank = text.trim() === "";
    for (const [, code = ""] of text.matchAll(/`([^`]+)`/g)) inline.push({ text: code, line });
    for (const [, target = "", anchor = ""] of text
      .replaceAll(/`[^`]*`/g, "code")
      .matchAll(/\]\(([^)#\s]*)#?([^)\s]*)\)/g))
      links.push({ target, anchor, line });
    const heading = /^#+\s+(.*)$/.exec(text)?.[1];
    if (heading !== undefined) anchors.add(anchorOf(heading));
  }
  return { blocks, inline, links, anchors, indented };
};

/** The anchor that GitHub and VitePress give a heading: its words in lower case, joined by hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
