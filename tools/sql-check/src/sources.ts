import type {
  CallExpression,
  Expression,
  FunctionLikeDeclaration,
  Node,
  ParameterDeclaration,
} from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import {
  isArrowFunction,
  isBindingElement,
  isBlock,
  isCallExpression,
  isConditionalExpression,
  isFunctionDeclaration,
  isFunctionExpression,
  isIdentifier,
  isObjectBindingPattern,
  isObjectLiteralExpression,
  isParameterDeclaration,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isReturnStatement,
  isShorthandPropertyAssignment,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import { bare, nodesIn, type Program } from "./program.ts";
import { Unresolved } from "./unresolved.ts";

/** An expression, with what the parameters that it reads stand for. */
export type Source = { readonly argument: Expression; readonly bindings: Bindings };

/** What the parameters of functions stand for, by where they are declared. */
export type Bindings = ReadonlyMap<string, Source>;

export const none: Bindings = new Map();

/** Follows names and properties to the expressions that they stand for. */
export type Sources = {
  /** What a name or property stands for: its declaration, or what every caller gives for a parameter. */
  of(node: Expression, bindings: Bindings, depth: number): Source[];
  /** What a property of an object stands for. */
  property(holder: Expression, name: string, bindings: Bindings, depth: number): Source[];
  /** The function that a call runs, if it is one of ours. */
  functionOf(callee: Expression, bindings: Bindings): FunctionLikeDeclaration | undefined;
};

/** @param callsOf all calls of functions with this name */
export const createSources = (program: Program, callsOf: (name: string) => readonly CallExpression[]): Sources => {
  /** What a name or property stands for: its declaration, or what every caller gives for a parameter. */
  const sources = (node: Expression, bindings: Bindings, depth: number): Source[] => {
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
  const properties = (holder: Expression, name: string, bindings: Bindings, depth: number): Source[] => {
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

  return { of: sources, property: properties, functionOf };
};

const keyAt = (node: Node): string => `${node.getSourceFile().fileName}:${node.pos}`;

export const keyOf = (program: Program, name: Expression): string => {
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

export const bind = (called: FunctionLikeDeclaration, given: readonly Expression[], bindings: Bindings): Bindings =>
  new Map([
    ...bindings,
    ...called.parameters.flatMap((parameter, index) => {
      const argument = given[index] ?? parameter.initializer;
      return argument === undefined ? [] : [[keyAt(parameter), { argument, bindings }] as const];
    }),
  ]);

/** Every expression that a function may return. */
export const results = (called: FunctionLikeDeclaration): Expression[] => {
  const { body } = called;
  if (body === undefined) return [];
  if (!isBlock(body)) return isExpression(body) ? [body] : [];
  return nodesIn(body, isReturnStatement).flatMap(({ expression }) => (expression === undefined ? [] : [expression]));
};

const isExpression = (node: Node): node is Expression => node.kind !== SyntaxKind.Block;
