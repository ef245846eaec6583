export { entityFieldsLike, fieldName } from "./check/check-field.ts";
export { type ComparedText, comparedTexts, derivativesOf, resultsOf } from "./check/compared-texts.ts";
export { type Fields, imageFields, queryFields, standardFields, type ValueType } from "./check/fields.ts";
export type { Node } from "./check/node.ts";
export { reservedWords } from "./check/reserved-words.ts";
export { resultName } from "./evaluate/evaluate-result.ts";
export {
  type Column,
  compileColumn,
  compileExpression,
  type Expression,
  type FieldReference,
  readFieldName,
  type Verdict,
} from "./expression.ts";
export { type QueryFacts, queryFactsOfScan } from "./facts.ts";
export type { SqlColumn, SqlColumns, SqlResult, SqlTables } from "./sql/columns.ts";
export {
  bound,
  fragment,
  join,
  raw,
  type SqlFragment,
  type SqlValue,
  type Statement,
  toStatement,
} from "./sql/fragment.ts";
export { writeFilter } from "./sql/write-filter.ts";
export { writeJson, writeValue } from "./sql/write-value.ts";
