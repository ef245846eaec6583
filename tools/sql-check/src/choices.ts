import type { Expression, Node } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import { isBinaryExpression, isIdentifier, isVariableDeclaration } from "typescript/unstable/ast/is";
import { bare, literalsOf, type Program } from "./program.ts";
import type { Chosen } from "./variants.ts";

/** The text of an expression with its file, since one name means different things in two of them. */
export const scopedText = (node: Node): string => `${node.getSourceFile().fileName} ${node.getText()}`;

export const choiceOf = (program: Program, written: Expression, is: boolean): Chosen => {
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
