import type {
  CallExpression,
  Expression,
  FunctionLikeDeclaration,
  Node,
  ParameterDeclaration,
  TaggedTemplateExpression,
} from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import {
  isArrayLiteralExpression,
  isArrowFunction,
  isAsExpression,
  isAwaitExpression,
  isBinaryExpression,
  isBindingElement,
  isBlock,
  isCallExpression,
  isConditionalExpression,
  isFunctionDeclaration,
  isFunctionExpression,
  isIdentifier,
  isNoSubstitutionTemplateLiteral,
  isObjectBindingPattern,
  isObjectLiteralExpression,
  isParameterDeclaration,
  isParenthesizedExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isReturnStatement,
  isSatisfiesExpression,
  isShorthandPropertyAssignment,
  isTemplateExpression,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import type { Type } from "typescript/unstable/sync";
import { isClient, isFragment, isSql, literalsOf, nodesIn, type Program, propertiesOf, typesOf } from "./program.ts";

/** A value that stands for all of its type. */
export type Sample = string | boolean | Date | Uint8Array;

/** A stretch of a statement: text, a parameter with a value of its type, or a schema that only the running program knows. */
type Piece = string | { readonly parameter: Sample } | { readonly schema: true };

/** One way that a statement may be written, of the several that its conditions allow. */
export type Variant = readonly Piece[];

/** What has to hold for a variant: that an expression is, or is not, this value. `level` is "scan", `after === null` is "true". */
type Choice = { readonly of: string; readonly value: string; readonly is: boolean };

/** A variant with the choices that lead to it, so that two conditions on one value are never taken differently. */
type Chosen = { readonly pieces: Variant; readonly choices: readonly Choice[] };

/** Why a part of a statement cannot be written without running the program. */
export class Unresolved extends Error {}

/** What the parameters of functions stand for, by where they are declared. */
type Bindings = ReadonlyMap<string, { readonly argument: Expression; readonly bindings: Bindings }>;

const none: Bindings = new Map();

/** So many variants are tried of all combinations; beyond them, each condition is changed alone. */
const maxCombinations = 24;

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
    const [first, second] = given;
    if (isClient(program, callee) && first !== undefined) return helper(first, given.slice(1), bindings, depth, before);
    if (isPropertyAccessExpression(callee) && isClient(program, callee.expression) && first !== undefined) {
      const texts = literalsOf(program, first);
      if (texts === undefined) throw new Unresolved(`the text of ${node.getText()} is not a constant`);
      return texts.map((text) => always(text));
    }
    if (isIdentifier(callee) && callee.text === "recordset" && second !== undefined)
      return [always(...recordset(program, second))];
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

  /** What a name or property stands for: its declaration, or what every caller gives for a parameter. */
  const sources = (
    node: Expression,
    bindings: Bindings,
    depth: number,
  ): { readonly argument: Expression; readonly bindings: Bindings }[] => {
    if (depth > 12) throw new Unresolved("it is nested too deep");
    if (isPropertyAccessExpression(node)) return properties(node.expression, node.name.text, bindings, depth + 1);
    if (!isIdentifier(node)) throw new Unresolved(`${node.getText().slice(0, 60)} is only known when it runs`);
    const declaration = program.declarationOf(node);
    if (declaration === undefined) throw new Unresolved(`${node.text} is declared elsewhere`);
    return declared(declaration, node.text, bindings, depth);
  };

  const declared = (declaration: Node, name: string, bindings: Bindings, depth: number) => {
    if (isVariableDeclaration(declaration) && declaration.initializer !== undefined)
      return [{ argument: declaration.initializer, bindings }];
    if (isParameterDeclaration(declaration)) return argumentsFor(declaration, bindings);
    if (isBindingElement(declaration) && isObjectBindingPattern(declaration.parent)) {
      const property = declaration.propertyName?.getText() ?? declaration.name?.getText() ?? name;
      const holder = declaration.parent.parent;
      const defaults = declaration.initializer === undefined ? [] : [{ argument: declaration.initializer, bindings }];
      if (isVariableDeclaration(holder) && holder.initializer !== undefined)
        return [...defaults, ...properties(holder.initializer, property, bindings, depth + 1)];
      if (isParameterDeclaration(holder))
        return [
          ...defaults,
          ...argumentsFor(holder, bindings).flatMap((given) =>
            properties(given.argument, property, given.bindings, depth + 1),
          ),
        ];
    }
    if (isPropertyAssignment(declaration)) return [{ argument: declaration.initializer, bindings }];
    throw new Unresolved(`${name} is only known when it runs`);
  };

  const argumentsFor = (parameter: ParameterDeclaration, bindings: Bindings) => {
    const bound = bindings.get(keyAt(parameter));
    if (bound !== undefined) return [bound];
    const { parent } = parameter;
    const name = nameOfFunction(parent);
    const index = isFunctionLike(parent) ? parent.parameters.indexOf(parameter) : -1;
    const given = callsOf(name ?? "").flatMap(({ expression, arguments: args }) => {
      const argument = args[index];
      return argument !== undefined && functionOf(expression, none) === parent ? [{ argument, bindings: none }] : [];
    });
    if (given.length === 0)
      throw new Unresolved(`nobody calls ${name ?? "the function"} with a constant ${parameter.name.getText()}`);
    return given;
  };

  /** What a property of an object stands for. */
  const properties = (
    holder: Expression,
    name: string,
    bindings: Bindings,
    depth: number,
  ): { readonly argument: Expression; readonly bindings: Bindings }[] => {
    if (depth > 12) throw new Unresolved("it is nested too deep");
    const node = bare(holder);
    if (isObjectLiteralExpression(node)) {
      for (const property of node.properties) {
        if (isPropertyAssignment(property) && property.name.getText() === name)
          return [{ argument: property.initializer, bindings }];
        if (isShorthandPropertyAssignment(property) && isIdentifier(property.name) && property.name.text === name)
          return [{ argument: property.name, bindings }];
      }
      return [];
    }
    if (isConditionalExpression(node))
      return [node.whenTrue, node.whenFalse].flatMap((side) => properties(side, name, bindings, depth + 1));
    if (isCallExpression(node)) {
      const called = functionOf(node.expression, bindings);
      if (called === undefined) throw new Unresolved(`${node.getText().slice(0, 60)} is only known when it runs`);
      const inner = bind(called, node.arguments, bindings);
      return results(called).flatMap((result) => properties(result, name, inner, depth + 1));
    }
    return sources(node, bindings, depth + 1).flatMap((source) =>
      properties(source.argument, name, source.bindings, depth + 1),
    );
  };

  const functionOf = (callee: Expression, bindings: Bindings): FunctionLikeDeclaration | undefined => {
    const declaration = program.declarationOf(isPropertyAccessExpression(callee) ? callee.name : callee);
    if (declaration === undefined) return undefined;
    if (isFunctionDeclaration(declaration)) return declaration;
    const initializer =
      isVariableDeclaration(declaration) || isPropertyAssignment(declaration) ? declaration.initializer : undefined;
    const bound = isParameterDeclaration(declaration) ? bindings.get(keyAt(declaration))?.argument : initializer;
    if (bound === undefined) return undefined;
    if (isArrowFunction(bound) || isFunctionExpression(bound)) return bound;
    return isIdentifier(bound) ? functionOf(bound, bindings) : undefined;
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

const keyAt = (node: Node): string => `${node.getSourceFile().fileName}:${node.pos}`;

const keyOf = (program: Program, name: Expression): string => {
  const declaration = program.declarationOf(name);
  return declaration === undefined ? "" : keyAt(declaration);
};

const isFunctionLike = (node: Node): node is FunctionLikeDeclaration =>
  isArrowFunction(node) || isFunctionExpression(node) || isFunctionDeclaration(node);

const nameOfFunction = (node: Node): string | undefined => {
  if (isFunctionDeclaration(node)) return node.name?.text;
  return isVariableDeclaration(node.parent) || isPropertyAssignment(node.parent)
    ? node.parent.name.getText()
    : undefined;
};

const bind = (called: FunctionLikeDeclaration, given: readonly Expression[], bindings: Bindings): Bindings =>
  new Map([
    ...bindings,
    ...called.parameters.flatMap((parameter, index) => {
      const argument = given[index] ?? parameter.initializer;
      return argument === undefined ? [] : [[keyAt(parameter), { argument, bindings }] as const];
    }),
  ]);

/** Every expression that a function may return. */
const results = (called: FunctionLikeDeclaration): Expression[] => {
  const { body } = called;
  if (body === undefined) return [];
  if (!isBlock(body)) return isExpression(body) ? [body] : [];
  return nodesIn(body, isReturnStatement).flatMap(({ expression }) => (expression === undefined ? [] : [expression]));
};

const isExpression = (node: Node): node is Expression => node.kind !== SyntaxKind.Block;

/** An expression without brackets and assertions around it. */
const bare = (node: Expression): Expression =>
  isParenthesizedExpression(node) || isAsExpression(node) || isSatisfiesExpression(node) || isAwaitExpression(node)
    ? bare(node.expression)
    : node;

const isListOfFragments = (program: Program, node: Expression): boolean =>
  typesOf(program, node).some(
    (type) =>
      program.checker.isArrayType(type) &&
      type.isTypeReference() &&
      program.checker
        .getTypeArguments(type)
        .some((element) => program.checker.getPropertyOfType(element, "describe") !== undefined),
  );

/** postgres.js tells the server the type of these values; all others take the type that the statement needs. */
const sampleOf = (program: Program, node: Expression): Sample => {
  const names = new Set(typesOf(program, node).map((type) => program.checker.typeToString(type)));
  if (names.has("Date")) return new Date(0);
  if (names.has("true") || names.has("false") || names.has("boolean")) return true;
  return [...names].some((name) => /^(Uint8Array|Buffer)/.test(name)) ? new Uint8Array() : "";
};

/** A table of a `tables.gen.ts`, by its type. */
const tableOf = (
  program: Program,
  table: Expression,
): { name: string; columns: readonly (readonly [string, string])[] } => {
  const { checker } = program;
  const [type] = typesOf(program, table);
  const name = type && typeOfProperty(program, type, "name");
  const columns = type && typeOfProperty(program, type, "columns");
  if (name === undefined || columns === undefined || !name.isStringLiteralType())
    throw new Unresolved(`${table.getText()} is not a table of a tables.gen.ts`);
  const entries = checker.getPropertiesOfType(columns).flatMap((symbol) => {
    const is = checker.getTypeOfSymbol(symbol);
    return is?.isStringLiteralType() ? [[symbol.name, is.value] as const] : [];
  });
  return { name: name.value, columns: entries };
};

const typeOfProperty = ({ checker }: Program, type: Type, name: string): Type | undefined => {
  const symbol = checker.getPropertyOfType(type, name);
  return symbol && checker.getTypeOfSymbol(symbol);
};

/** `recordset(tx, columns, rows)`, by the type of its columns. */
const recordset = (program: Program, columns: Expression): Variant => {
  const [type] = typesOf(program, columns);
  const entries = (type === undefined ? [] : program.checker.getPropertiesOfType(type)).map((symbol) => {
    const is = program.checker.getTypeOfSymbol(symbol);
    if (is === undefined || !is.isStringLiteralType())
      throw new Unresolved(`the type of ${symbol.name} is not a constant`);
    return `null::${is.value} as "${snakeCase(symbol.name)}"`;
  });
  if (entries.length === 0) throw new Unresolved(`the columns of ${columns.getText()} are not constant`);
  return [`(select ${entries.join(", ")})`];
};

/** `sliceKey` to `slice_key`, as postgres.js does. */
const snakeCase = (name: string): string => name.replace(/([A-Z])/g, "_$1").toLowerCase();

const separated = (parts: readonly Variant[]): Variant =>
  parts.flatMap((part, index) => (index === 0 ? part : [", ", ...part]));

const always = (...pieces: Piece[]): Chosen => ({ pieces, choices: [] });

/** The text of an expression with its file, since one name means different things in two of them. */
const scopedText = (node: Node): string => `${node.getSourceFile().fileName} ${node.getText()}`;

const choiceOf = (program: Program, written: Expression, is: boolean): Chosen => {
  const node = bare(written);
  const declaration = isIdentifier(node) ? program.declarationOf(node) : undefined;
  if (declaration !== undefined && isVariableDeclaration(declaration) && declaration.initializer !== undefined)
    return choiceOf(program, declaration.initializer, is);
  if (isBinaryExpression(node)) {
    const operator = node.operatorToken.kind;
    const equals = operator === SyntaxKind.EqualsEqualsEqualsToken;
    if (equals || operator === SyntaxKind.ExclamationEqualsEqualsToken) {
      const value = literalsOf(program, node.right)?.[0] ?? node.right.getText();
      return { pieces: [], choices: [{ of: scopedText(node.left), value, is: equals === is }] };
    }
  }
  return { pieces: [], choices: [{ of: scopedText(node), value: "true", is }] };
};

const conflict = (one: Choice, other: Choice): boolean => {
  if (one.of !== other.of) return false;
  if (one.value === other.value) return one.is !== other.is;
  return one.is && other.is;
};

/** Both after each other; nothing when they contradict each other. */
const joined = (one: Chosen, other: Chosen): Chosen[] =>
  one.choices.some((choice) => other.choices.some((against) => conflict(choice, against)))
    ? []
    : [{ pieces: [...one.pieces, ...other.pieces], choices: [...one.choices, ...other.choices] }];

const variantsOf = (chosen: readonly Chosen[]): Variant[] => [
  ...new Map(chosen.map(({ pieces }) => [JSON.stringify(pieces), pieces])).values(),
];

const unique = (chosen: readonly Chosen[]): Chosen[] => [
  ...new Map(chosen.map((one) => [JSON.stringify(one), one])).values(),
];

const combine = (parts: readonly (readonly Chosen[])[]): Chosen[] => {
  const count = parts.reduce((product, variants) => product * variants.length, 1);
  const all = (of: readonly (readonly Chosen[])[]): Chosen[] =>
    of.reduce<Chosen[]>(
      (starts, variants) => starts.flatMap((start) => variants.flatMap((one) => joined(start, one))),
      [always()],
    );
  if (count <= maxCombinations) return all(parts);
  const firsts = parts.map((variants) => variants.slice(0, 1));
  return parts.flatMap((variants, index) =>
    variants.length === 1 && index > 0
      ? []
      : variants.flatMap((one) => all(firsts.map((first, at) => (at === index ? [one] : first)))),
  );
};
