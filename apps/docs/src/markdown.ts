import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import GithubSlugger from "github-slugger";

/** The repository's own folder. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

/** A fenced piece of a document. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

/** One Markdown document of this repository. */
export interface Markdown {
  /** From the repository's folder, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The names that links after `#` may have. */
  readonly anchors: ReadonlySet<string>;
  /** Where links lead to, in order; without those in code. */
  readonly links: readonly string[];
  /** The first cell of each row of a section's tables, as it stands between backquotes. */
  firstCells(title: string): string[];
  /** From a heading to the next one of the same or a higher level. Fails where there is none of that title. */
  section(title: string): string;
}

export function readMarkdown(path: string): Markdown {
  return markdown(path, readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8"));
}

function markdown(path: string, text: string): Markdown {
  const fence = /^```(\S*)[^\n]*\n(.*?)^```$/gms;
  const prose = text.replaceAll(fence, "");
  const headings = [...prose.matchAll(/^(#+) (.+)$/gm)].map(([, marks = "", title = ""]) => ({
    level: marks.length,
    title: title.replaceAll("`", ""),
  }));
  const slugger = new GithubSlugger();
  const section = (title: string): string => {
    const level = headings.find((heading) => heading.title === title)?.level;
    if (level === undefined) throw new Error(`${path} has no section "${title}"`);
    const [, after = ""] = text.split(new RegExp(`^#{${level}} \`?${escaped(title)}\`?$`, "m"));
    return after.split(new RegExp(`^#{1,${level}} `, "m"))[0] ?? "";
  };
  return {
    path,
    text,
    blocks: [...text.matchAll(fence)].map(([, language = "", body = ""]) => ({ language, text: body })),
    anchors: new Set(headings.map(({ title }) => slugger.slug(title))),
    links: [...prose.replaceAll(/`[^`\n]*`/g, "code").matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link),
    firstCells: (title) => [...section(title).matchAll(/^\| `([^`]+)`.*$/gm)].map(([, cell = ""]) => cell),
    section,
  };
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
