export { compileExpression, type Expression, type Verdict } from "./expression.ts";
export { type FactObject, type FactValue, type QueryFacts, queryFactsOfScan } from "./facts.ts";
export { type Fields, standardFields, type ValueType } from "./fields.ts";
export { nearestNames } from "./nearest.ts";
export type { Node } from "./node.ts";
export { type SqlCondition, toSql } from "./sql.ts";
export type { SqlColumn, SqlColumns } from "./sql-column.ts";
