#!/usr/bin/env node
/**
 * `npm run sql:check`: holds every SQL template of the services and libraries against a migrated database. PostgreSQL parses each
 * statement, in every variant that its conditions allow, and describes what it returns, which is compared with the type of its rows.
 * `-- services/catalog` checks one folder alone; `--nullable` also lists columns that may be null and are typed as if they were not: where
 * a condition excludes it that is right, so it is no fault.
 */
import { join, relative } from "node:path";
import type { CallExpression, Node } from "typescript/unstable/ast";
import { isCallExpression, isIdentifier, isPropertyAccessExpression } from "typescript/unstable/ast/is";
import { compareRows, declaredRow } from "./compare-rows.ts";
import { openMigratedDatabase } from "./database.ts";
import { isSql, nodesIn, openProgram } from "./program.ts";
import { createStatementWriter, Unresolved } from "./write-statement.ts";

const root = join(import.meta.dirname, "../../..");
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const started = performance.now();

/** Sources whose statements are made of whatever they are given; their own tests run them. */
const generic = [
  "libs/database/src/records.ts",
  // It combines each level with each column of both, though sessions have no samples.
  "services/catalog/src/indexing/attributes.ts",
];

const isOurs = (file: string): boolean => {
  const path = relative(root, file);
  return /^(services|libs)\/[^/]+\/src\//.test(path) && !path.endsWith(".test.ts") && !path.includes("/testing/");
};

const isWanted = (file: string): boolean => {
  const path = relative(root, file);
  return wanted.length === 0 || wanted.some((folder) => path.startsWith(folder));
};

const place = (node: Node): string => {
  const file = node.getSourceFile();
  const line = file.text.slice(0, node.getStart()).split("\n").length;
  return `${relative(root, file.fileName)}:${line}`;
};

/** A statement of its own; everything else is a part of one. */
const isStatement = (text: string): boolean =>
  /^\s*(\(|select|insert|update|delete|with|values|create|alter|drop|truncate|set|reset|lock|listen|notify|explain|analyze|vacuum|copy|begin|commit)\b|^\s*\(\s*select\b/i.test(
    text,
  );

const program = openProgram(join(root, "tsconfig.json"), isOurs);
const database = await openMigratedDatabase();

const calls = new Map<string, CallExpression[]>();
for (const call of program.files.flatMap((file) => nodesIn(file, isCallExpression))) {
  const { expression } = call;
  const name = isIdentifier(expression)
    ? expression.text
    : isPropertyAccessExpression(expression)
      ? expression.name.text
      : undefined;
  if (name !== undefined) calls.set(name, [...(calls.get(name) ?? []), call]);
}

const writer = createStatementWriter(program, (name) => calls.get(name) ?? []);
const isGeneric = (node: Node): boolean => generic.includes(relative(root, node.getSourceFile().fileName));
const all = program.files.flatMap((file) => nodesIn(file, (node) => isSql(program, node)));
const templates = all.filter((node) => !isGeneric(node));
const faults: { readonly node: Node; readonly message: string }[] = [];
const unresolved: { readonly node: Node; readonly message: string }[] = [];
const nullable = new Set<string>();
const typed = { yes: 0, no: 0 };
let statements = 0;
let variants = 0;

for (const call of (calls.get("insertRecords") ?? []).filter((node) => !isGeneric(node))) {
  if (isWanted(call.getSourceFile().fileName)) statements++;
  try {
    for (const variant of writer.writeInsert(call)) {
      variants++;
      await database.describe(variant);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    (error instanceof Unresolved ? unresolved : faults).push({ node: call, message });
  }
}

for (const template of templates) {
  if (!isStatement(template.template.getText().slice(1))) continue;
  if (isWanted(template.getSourceFile().fileName)) statements++;
  try {
    const written = writer.write(template);
    if (!isWanted(template.getSourceFile().fileName)) continue;
    const declared = declaredRow(program, template);
    const messages = new Set<string>();
    for (const variant of written) {
      variants++;
      try {
        const returned = await database.describe(variant);
        const rowFaults = declared === undefined ? [] : compareRows(program, declared, returned);
        for (const { message, isNull } of rowFaults)
          if (!isNull) messages.add(message);
          else nullable.add(`  ${place(template)}  ${message}\n`);
        if (returned.length > 0) typed[declared === undefined ? "no" : "yes"]++;
      } catch (error) {
        messages.add(error instanceof Error ? error.message : String(error));
      }
    }
    faults.push(...[...messages].map((message) => ({ node: template, message })));
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    unresolved.push({ node: template, message: error.message });
  }
}

const isPart = (node: Node): boolean => writer.parts.has(node);
const stray = templates.filter(
  (node) => !isStatement(node.template.getText().slice(1)) && !isPart(node) && isWanted(node.getSourceFile().fileName),
);
unresolved.push(...stray.map((node) => ({ node, message: "no statement that could be followed has this part" })));
const isOutermost = (node: Node): boolean => isStatement(node.getText().replace(/^[^`]*`/, ""));
unresolved.push(
  ...all
    .filter((node) => isGeneric(node) && isOutermost(node))
    .map((node) => ({ node, message: "it is written of whatever it is given; a test runs it" })),
);
// A part that is a select of its own may need the statement around it.
const found = faults.filter(({ node }) => !isPart(node));

const list = (entries: typeof faults): string =>
  entries
    .map(({ node, message }) => `  ${place(node)}  ${message}\n`)
    .toSorted()
    .join("");
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(
  `${statements} statements in ${variants} variants, ${typed.yes} with typed rows and ${typed.no} without, in ${seconds} s.\n`,
);
if (unresolved.length > 0)
  process.stdout.write(`${unresolved.length} are only known when they run:\n${list(unresolved)}`);
if (process.argv.includes("--nullable")) process.stdout.write([...nullable].join(""));
if (found.length > 0) process.stdout.write(`${found.length} do not fit the tables:\n${list(found)}`);
program.close();
await database.close();
process.exitCode = found.length > 0 ? 1 : 0;
