import type { Expression, Node, SourceFile, TaggedTemplateExpression } from "typescript/unstable/ast";
import {
  isAsExpression,
  isAwaitExpression,
  isParenthesizedExpression,
  isSatisfiesExpression,
  isShorthandPropertyAssignment,
  isTaggedTemplateExpression,
} from "typescript/unstable/ast/is";
import { API, type Checker, SymbolFlags, type Type, TypeFlags } from "typescript/unstable/sync";

/** The whole workspace as the compiler sees it. */
export type Program = {
  readonly checker: Checker;
  /** Sources of ours, without declarations and packages. */
  readonly files: readonly SourceFile[];
  /** The node that a symbol was declared by, if it is one in our sources. */
  readonly declarationOf: (node: Node) => Node | undefined;
  readonly close: () => void;
};

/** Loads the project of a `tsconfig.json`, and of its sources those that `isOurs` selects. */
export const openProgram = (tsconfig: string, isOurs: (fileName: string) => boolean): Program => {
  const api = new API({ cwd: process.cwd() });
  const project = api.updateSnapshot({ openProjects: [tsconfig] }).getProject(tsconfig);
  if (project === undefined) throw new Error(`${tsconfig} is not a project.`);
  const { checker, program, rootFiles } = project;
  const files = rootFiles.flatMap((name) => {
    const file = isOurs(name) ? program.getSourceFile(name) : undefined;
    return file === undefined ? [] : [file];
  });
  const declarationOf = (node: Node): Node | undefined => {
    const symbol = isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    if (symbol === undefined) return undefined;
    const original = (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
    return original.valueDeclaration?.resolve(project);
  };
  return { checker, files, declarationOf, close: () => api.close() };
};

/** Everything of a kind below a node, itself included. */
export const nodesIn = <T extends Node>(root: Node, is: (node: Node) => node is T): T[] => {
  const found: T[] = [];
  const visit = (node: Node): void => {
    if (is(node)) found.push(node);
    node.forEachChild(visit);
  };
  visit(root);
  return found;
};

const partsOf = (type: Type): readonly Type[] => (type.isUnionType() ? type.getTypes() : [type]);

/** Every type that a value may have, of a union one by one. */
export const typesOf = ({ checker }: Program, node: Node): readonly Type[] => {
  const type = checker.getTypeAtLocation(node);
  return type === undefined ? [] : partsOf(type);
};

const has = ({ checker }: Program, type: Type, ...names: readonly string[]): boolean =>
  (type.flags & TypeFlags.Object) !== 0 && names.every((name) => checker.getPropertyOfType(type, name) !== undefined);

/** Whether this is a pool, a transaction or a reserved connection of postgres.js. */
export const isClient = (program: Program, node: Expression): boolean =>
  typesOf(program, node).some((type) => isClientType(program, type));

const clients = new WeakMap<Program, Map<number, boolean>>();

const isClientType = (program: Program, type: Type): boolean => {
  const known = clients.get(program) ?? new Map<number, boolean>();
  clients.set(program, known);
  const answer =
    known.get(type.id) ??
    ((type.flags & (TypeFlags.Object | TypeFlags.Intersection)) !== 0 &&
      program.checker.getPropertyOfType(type, "unsafe") !== undefined &&
      program.checker.getPropertyOfType(type, "json") !== undefined);
  known.set(type.id, answer);
  return answer;
};

/** Whether this may be a part of a statement and no parameter: a template, or what a client makes of names or rows. */
export const isFragment = (program: Program, node: Expression): boolean =>
  typesOf(program, node).some(
    (type) => has(program, type, "describe", "values") || has(program, type, "first", "rest"),
  );

/** Whether this is a template of SQL. */
export const isSql = (program: Program, node: Node): node is TaggedTemplateExpression =>
  isTaggedTemplateExpression(node) && isClient(program, node.tag);

/** The texts that a type of literals stands for; undefined where there may be others. */
export const literalsOf = (program: Program, node: Expression): string[] | undefined => {
  const values = typesOf(program, node).map((type) => (type.isStringLiteralType() ? type.value : undefined));
  return values.every((value) => value !== undefined) ? values : undefined;
};

/** Names of the properties of a value, or of each element of an array. */
export const propertiesOf = (program: Program, node: Expression): string[] => {
  const { checker } = program;
  return typesOf(program, node).flatMap((type) => {
    const element = checker.isArrayType(type) && type.isTypeReference() ? checker.getTypeArguments(type)[0] : type;
    return element === undefined ? [] : checker.getPropertiesOfType(element).map(({ name }) => name);
  });
};

/** The types of the elements of an array; none where it is not an array. */
export const elementsOf = (program: Program, node: Expression): readonly Type[] =>
  typesOf(program, node).flatMap((type) =>
    program.checker.isArrayType(type) && type.isTypeReference() ? program.checker.getTypeArguments(type) : [],
  );

/** An expression without brackets and assertions around it. */
export const bare = (node: Expression): Expression =>
  isParenthesizedExpression(node) || isAsExpression(node) || isSatisfiesExpression(node) || isAwaitExpression(node)
    ? bare(node.expression)
    : node;
