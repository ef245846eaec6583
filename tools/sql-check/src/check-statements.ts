import { join, relative } from "node:path";
import type { MigratedService } from "@rollerblade/database";
import type { CallExpression, Node } from "typescript/unstable/ast";
import { isCallExpression, isIdentifier, isPropertyAccessExpression } from "typescript/unstable/ast/is";
import { compareRows, declaredRow } from "./compare-rows.ts";
import { openMigratedDatabase } from "./database.ts";
import { isSql, nodesIn, openProgram, type Program } from "./program.ts";
import { Unresolved } from "./unresolved.ts";
import { createStatementWriter, type StatementWriter } from "./write-statement.ts";

/** What to check. */
export type Checked = {
  /** The folder of the `tsconfig.json`; statements are taken from `services/<name>/src` and `libs/<name>/src` below it. */
  readonly root: string;
  /** Services whose migrations make the tables. */
  readonly services: readonly MigratedService[];
  /** Folders below `root` to report on. @default all */
  readonly folders?: readonly string[];
  /** Files below `root` whose statements are written from whatever they are given, each with what tests them instead. */
  readonly generic?: Readonly<Record<string, string>>;
};

/** What was found. A line is `<file>:<line>  <message>`. */
export type Report = {
  readonly statements: number;
  readonly variants: number;
  /** Variants that return rows, by whether the template has a type for them. */
  readonly rows: { readonly typed: number; readonly untyped: number };
  /** Statements that do not fit the tables, or whose rows do not fit their type. */
  readonly faults: readonly string[];
  /** Statements that cannot be written without running the program, so that nothing is known of them. */
  readonly unresolved: readonly string[];
  /** Columns that may be null and are typed as if they were not. A condition may exclude it, so it is not a fault. */
  readonly nullable: readonly string[];
};

type Finding = { readonly node: Node; readonly message: string };

/** A statement of its own; everything else is a part of one. */
const isStatement = (text: string): boolean =>
  /^\s*(\(|select|insert|update|delete|with|values|create|alter|drop|truncate|set|reset|lock|listen|notify|explain|analyze|vacuum|copy|begin|commit)\b|^\s*\(\s*select\b/i.test(
    text,
  );

/** All calls in the program, by the name of what is called. */
const callsByName = ({ files }: Program): Map<string, CallExpression[]> => {
  const named = files
    .flatMap((file) => nodesIn(file, isCallExpression))
    .flatMap((call) => {
      const { expression } = call;
      if (isIdentifier(expression)) return [{ name: expression.text, call }];
      return isPropertyAccessExpression(expression) ? [{ name: expression.name.text, call }] : [];
    });
  return new Map([...Map.groupBy(named, ({ name }) => name)].map(([name, all]) => [name, all.map(({ call }) => call)]));
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Parses each statement, in every variant that its conditions allow, in a migrated database, and compares its rows with their type. */
export const checkStatements = async ({ root, services, folders = [], generic = {} }: Checked): Promise<Report> => {
  const pathOf = (file: string): string => relative(root, file);
  const program = openProgram(join(root, "tsconfig.json"), (file) => isSource(pathOf(file)));
  const database = await openMigratedDatabase(services);
  try {
    const calls = callsByName(program);
    const writer = createStatementWriter(program, (name) => calls.get(name) ?? []);
    const fileOf = (node: Node): string => pathOf(node.getSourceFile().fileName);
    const isWanted = (node: Node): boolean =>
      folders.length === 0 || folders.some((folder) => fileOf(node).startsWith(folder));
    const isChecked = (node: Node): boolean => generic[fileOf(node)] === undefined;
    const line = ({ node, message }: Finding): string => {
      const { text } = node.getSourceFile();
      return `${fileOf(node)}:${text.slice(0, node.getStart()).split("\n").length}  ${message}`;
    };
    const templates = program.files.flatMap((file) => nodesIn(file, (node) => isSql(program, node))).filter(isChecked);
    const faults: Finding[] = [];
    const unresolved: Finding[] = [];
    const nullable: Finding[] = [];
    const rows = { typed: 0, untyped: 0 };
    let statements = 0;
    let variants = 0;

    /** Adds what is wrong with a statement that could be written. */
    const check = async (node: Node, write: () => ReturnType<StatementWriter["write"]>): Promise<void> => {
      try {
        const written = write();
        if (!isWanted(node)) return;
        statements++;
        const declared = isSql(program, node) ? declaredRow(program, node) : undefined;
        for (const variant of written) {
          variants++;
          try {
            const returned = await database.describe(variant);
            if (returned.length > 0) rows[declared === undefined ? "untyped" : "typed"]++;
            for (const { message, isNull } of declared === undefined ? [] : compareRows(program, declared, returned))
              (isNull ? nullable : faults).push({ node, message });
          } catch (error) {
            faults.push({ node, message: messageOf(error) });
          }
        }
      } catch (error) {
        if (!(error instanceof Unresolved)) throw error;
        unresolved.push({ node, message: error.message });
      }
    };

    for (const call of (calls.get("insertRecords") ?? []).filter(isChecked))
      await check(call, () => writer.writeInsert(call));
    for (const template of templates)
      if (isStatement(template.template.getText().slice(1))) await check(template, () => writer.write(template));
    const strays = templates.filter(
      (node) => !isStatement(node.template.getText().slice(1)) && !writer.parts.has(node),
    );
    unresolved.push(...strays.map((node) => ({ node, message: "it is a part of no statement that could be written" })));

    const linesOf = (findings: readonly Finding[]): string[] =>
      [...new Set(findings.filter(({ node }) => isWanted(node)).map(line))].toSorted();
    return {
      statements,
      variants,
      rows,
      // A part that is a select of its own may need the statement around it.
      faults: linesOf(faults.filter(({ node }) => !writer.parts.has(node))),
      unresolved: linesOf(unresolved),
      nullable: linesOf(nullable),
    };
  } finally {
    program.close();
    await database.close();
  }
};

const isSource = (path: string): boolean =>
  /^(services|libs)\/[^/]+\/src\//.test(path) && !path.endsWith(".test.ts") && !path.includes("/testing/");
