import type { CallExpression, Expression, Node, TaggedTemplateExpression } from "typescript/unstable/ast";
import {
  isArrayLiteralExpression,
  isArrowFunction,
  isBinaryExpression,
  isCallExpression,
  isConditionalExpression,
  isFunctionExpression,
  isIdentifier,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isTemplateExpression,
} from "typescript/unstable/ast/is";
import { choiceOf, scopedText } from "./choices.ts";
import { isListOfFragments, namesIn, recordset, sampleOf, snakeCase, tableOf } from "./columns.ts";
import { bare, isClient, isFragment, isSql, literalsOf, type Program, propertiesOf, typesOf } from "./program.ts";
import { type Bindings, bind, createSources, keyOf, none, results } from "./sources.ts";
import { Unresolved } from "./unresolved.ts";
import { always, type Chosen, combine, joined, separated, unique, type Variant, variantsOf } from "./variants.ts";

/** Writes statements as the running program would. */
export type StatementWriter = {
  /** @throws Unresolved when a part of it is only known when the program runs */
  write(template: TaggedTemplateExpression): Variant[];
  /** The statement that a call of `insertRecords` makes. @throws Unresolved */
  writeInsert(call: CallExpression): Variant[];
  /** Templates that were written as a part of another one. */
  readonly parts: ReadonlySet<Node>;
};

/** @param callsOf all calls of functions with this name */
export const createStatementWriter = (
  program: Program,
  callsOf: (name: string) => readonly CallExpression[],
): StatementWriter => {
  const parts = new Set<Node>();
  const { of: sources, property: properties, functionOf } = createSources(program, callsOf);

  const template = (node: TaggedTemplateExpression, bindings: Bindings, depth: number): Chosen[] => {
    const { template: text } = node;
    if (isNoSubstitutionTemplateLiteral(text)) return [always(text.text)];
    if (!isTemplateExpression(text)) return [];
    const pieces: Chosen[][] = [[always(text.head.text)]];
    let before = text.head.text;
    for (const span of text.templateSpans) {
      pieces.push(value(span.expression, bindings, depth, before), [always(span.literal.text)]);
      before = span.literal.text;
    }
    return combine(pieces);
  };

  /** @param before the text in front of it: what `sql(row)` becomes depends on the last keyword */
  const value = (written: Expression, bindings: Bindings, depth: number, before = ""): Chosen[] => {
    const node = bare(written);
    if (depth > 12) throw new Unresolved("it is nested too deep");
    if (isSql(program, node)) {
      parts.add(node);
      return template(node, bindings, depth + 1);
    }
    if (isConditionalExpression(node) && isFragment(program, node))
      return unique(
        [true, false].flatMap((is) => {
          const choice = choiceOf(program, node.condition, is);
          return value(is ? node.whenTrue : node.whenFalse, bindings, depth, before).flatMap((one) =>
            joined(choice, one),
          );
        }),
      );
    if (isBinaryExpression(node) && isFragment(program, node))
      return [node.left, node.right]
        .filter((side) => isFragment(program, side))
        .flatMap((side) => value(side, bindings, depth, before));
    if (isListOfFragments(program, node)) return list(node, bindings, depth);
    if (!isFragment(program, node)) return [always({ parameter: sampleOf(program, node) })];
    if (isCallExpression(node)) return call(node, bindings, depth, before);
    return sources(node, bindings, depth).flatMap((source) =>
      value(source.argument, source.bindings, depth + 1, before),
    );
  };

  const list = (node: Expression, bindings: Bindings, depth: number): Chosen[] => {
    if (isArrayLiteralExpression(node)) return combine(node.elements.map((one) => value(one, bindings, depth + 1)));
    if (isCallExpression(node) && isPropertyAccessExpression(node.expression) && node.expression.name.text === "map") {
      const [each] = node.arguments;
      if (each !== undefined && (isArrowFunction(each) || isFunctionExpression(each)))
        return results(each).flatMap((result) => value(result, bindings, depth + 1));
    }
    return sources(node, bindings, depth).flatMap((source) => value(source.argument, source.bindings, depth + 1));
  };

  const call = (node: CallExpression, bindings: Bindings, depth: number, before: string): Chosen[] => {
    const { expression: callee, arguments: given } = node;
    const [first, second, third] = given;
    if (isClient(program, callee) && first !== undefined) return helper(first, given.slice(1), bindings, depth, before);
    if (isPropertyAccessExpression(callee) && isClient(program, callee.expression) && first !== undefined) {
      const texts = literalsOf(program, first);
      if (texts === undefined) throw new Unresolved(`the text of ${node.getText()} is not a constant`);
      return texts.map((text) => always(text));
    }
    if (isIdentifier(callee) && callee.text === "recordset" && second !== undefined)
      return [always(...recordset(program, second))];
    if (isIdentifier(callee) && callee.text === "columnNames" && second !== undefined) {
      const owner = third === undefined ? "" : `"${literalsOf(program, third)?.[0]}".`;
      return [
        always(
          namesIn(program, second)
            .map((name) => `${owner}"${name}"`)
            .join(", "),
        ),
      ];
    }
    if (isIdentifier(callee) && callee.text === "assignExcluded" && second !== undefined)
      return [
        always(
          namesIn(program, second)
            .map((name) => `"${name}" = excluded."${name}"`)
            .join(", "),
        ),
      ];
    const called = functionOf(callee, bindings);
    if (called === undefined) throw new Unresolved(`${callee.getText()} is only known when it runs`);
    const inner = bind(called, given, bindings);
    return unique(results(called).flatMap((result) => value(result, inner, depth + 1, before)));
  };

  /** `sql(…)` of one name, of several, or of rows. */
  const helper = (
    first: Expression,
    others: readonly Expression[],
    bindings: Bindings,
    depth: number,
    before: string,
  ): Chosen[] => {
    const names = literalsOf(program, first);
    if (names !== undefined)
      return names.map((name) => ({
        pieces: [`"${name.replaceAll(".", '"."')}"`],
        choices: [{ of: scopedText(first), value: name, is: true }],
      }));
    if (typesOf(program, first).every((type) => type === program.checker.getStringType())) {
      const given = isIdentifier(first) ? bindings.get(keyOf(program, first)) : undefined;
      return given === undefined
        ? [always({ schema: true })]
        : helper(given.argument, others, given.bindings, depth, before);
    }
    const keys = others.length > 0 ? others.map((key) => literalsOf(program, key)?.[0]) : propertiesOf(program, first);
    if (keys.length === 0 || keys.includes(undefined))
      throw new Unresolved(`the columns of ${first.getText()} are not constant`);
    const columns = keys.map((key) => `"${snakeCase(key ?? "")}"`);
    const parameters = columns.map(() => ({ parameter: "" }) as const);
    const values = separated(parameters.map((parameter) => [parameter]));
    if (/\bvalues\s*$/i.test(before)) return [always("(", ...values, ")")];
    if (/\binsert\b/i.test(before)) return [always(`(${columns.join(", ")}) values (`, ...values, ")")];
    if (/\b(update|set)\b/i.test(before))
      return [always(...separated(columns.map((column) => [`${column} = `, { parameter: "" }])))];
    return [always(columns.join(", "))];
  };

  return {
    write: (node) => variantsOf(template(node, none, 0)),
    writeInsert: ({ arguments: [, table, , options] }) => {
      if (table === undefined) return [];
      const { name, columns } = tableOf(program, table);
      const names = columns.map(([column]) => `"${snakeCase(column)}"`).join(", ");
      const nulls = columns.map(([, type]) => `null::${type}`).join(", ");
      const start = always(`insert into ${name} (${names}) select ${nulls} `);
      const conflicts = options === undefined ? [] : properties(options, "onConflict", none, 0);
      const parts = conflicts.flatMap(({ argument, bindings }) => value(argument, bindings, 0));
      return variantsOf(parts.length === 0 ? [start] : parts.flatMap((part) => joined(start, part)));
    },
    parts,
  };
};
