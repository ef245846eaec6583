import type { Level } from "@rollerblade/abids/facts";
import { type Column, compileExpression, type Expression, queryFields } from "@rollerblade/query";
import type { ReadableDatasets } from "../datasets/readable-datasets.ts";

/** What a page of slices is asked for, whatever they are found by. */
export type PageQuery = {
  readonly level: Level;
  /** The datasets to look into. */
  readonly readable: ReadableDatasets;
  /** All datasets that the asker may read: a derivative may come of others than those that are looked into. */
  readonly mayRead: ReadableDatasets;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after: string | undefined;
};

/** A question that is answered from what the catalog holds now. */
export type SliceQuery = PageQuery & {
  readonly expression: Expression;
  /** What is shown of each item beside its name. @default nothing */
  readonly columns?: readonly Column[];
};

const isEmpty = (source: string): boolean => source.trim() === "";

/**
 * Compiles the expression of a query; an empty one is true of every scan. A request compiles its expression once, here.
 * @throws Problem `invalid` with the position of what is wrong
 */
export const compileQuery = (source: string): Expression => ({
  ...compileExpression(isEmpty(source) ? "true" : source, queryFields),
  source,
});

/** What an expression asks for in words, such as `each session with a scan for which scan.suffix == "T1w"`. */
export const inWords = ({ source }: Expression, level: Level): string => {
  if (isEmpty(source)) return `every ${level}`;
  return `each ${level} ${level === "scan" ? "for which" : "with a scan for which"} ${source.trim()}`;
};
