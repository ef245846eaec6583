import type { AssociationRule, ContentRule, Issue } from "../schema/reduce-rules.ts";
import { associationRules, contentRules } from "./content-rules.ts";
import { compileExpression, type Expression } from "./expression.ts";
import type { Context } from "./expression-context.ts";

/** What is the same for many files of a dataset, and decides which rules can speak of them at all. */
export type FileForm = {
  /** With a slash before it, as the schema has it. */
  readonly path: string;
  readonly datatype: string | null;
  readonly modality: string | null;
  readonly suffix: string | null;
  readonly extension: string;
};

/** A rule that may speak of a file: what is left to ask. */
export type FormRule = {
  readonly rule: ContentRule;
  readonly selectors: readonly Expression[];
  readonly checks: readonly Expression[];
  readonly issue: Issue | null;
};

/** The rules that may apply to files of one form. */
export type FormRules = {
  readonly rules: readonly FormRule[];
  readonly associations: readonly { readonly rule: AssociationRule; readonly selectors: readonly Expression[] }[];
};

/** The rules for files of a form; those that its name and place exclude are left out once and for all. */
export const rulesOfForm = (form: FileForm): FormRules => {
  // No rule names a file below the root by its path.
  const root = form.path.indexOf("/", 1) < 0 ? form.path : "/";
  const key = `${root} ${form.datatype} ${form.suffix}${form.extension}`;
  const known = byForm.get(key);
  if (known !== undefined) return known;
  if (byForm.size >= maxForms) byForm.clear();
  const found = select(form);
  byForm.set(key, found);
  return found;
};

const byForm = new Map<string, FormRules>();
const maxForms = 2_000;

const select = (form: FileForm): FormRules => ({
  rules: contentRules.flatMap((rule) => {
    const selectors = mayHaveSidecar(rule, form) ? remaining(rule.selectors, form) : null;
    const checks = (rule.checks ?? []).map(compile);
    return selectors === null ? [] : [{ rule, selectors, checks, issue: rule.issue ?? null }];
  }),
  associations: associationRules.flatMap((rule) => {
    const selectors = remaining(rule.selectors, form);
    return selectors === null ? [] : [{ rule, selectors }];
  }),
});

/** Files that are metadata or text themselves have no sidecar that could be incomplete. */
const mayHaveSidecar = ({ path }: ContentRule, { extension }: FileForm): boolean =>
  !path.startsWith("sidecars.") || !["", ".json", ".md", ".txt", ".rst", ".cff"].includes(extension);

/** What is left to ask of a single file, or null where the form excludes the rule. */
const remaining = (selectors: readonly string[], form: Context): readonly Expression[] | null => {
  const left: Expression[] = [];
  for (const text of selectors) {
    const selector = compile(text);
    if (![...selector.names].every((name) => Object.hasOwn(form, name) && isOfForm(text))) left.push(selector);
    else if (!selector.evaluate(form)) return null;
  }
  return left;
};

/** Patterns are for paths below the root, which a form does not hold. */
const isOfForm = (selector: string): boolean => !selector.startsWith("match(path");

const expressions = new Map<string, Expression>();

const compile = (text: string): Expression => {
  const expression = expressions.get(text) ?? compileExpression(text);
  expressions.set(text, expression);
  return expression;
};
