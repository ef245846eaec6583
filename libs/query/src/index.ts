export { fieldName } from "./check-field.ts";
export { compileExpression, type Expression, type Verdict } from "./expression.ts";
export { type FactObject, type FactValue, type QueryFacts, queryFactsOfScan } from "./facts.ts";
export { type Fields, queryFields, standardFields, type ValueType } from "./fields.ts";
export { nearestNames } from "./nearest.ts";
export type { Node } from "./node.ts";
export { type SqlCondition, type SqlValue, toFilter, toSql } from "./sql.ts";
export type { SqlColumn, SqlColumns, SqlTables } from "./sql-column.ts";
