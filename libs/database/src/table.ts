/** The columns of a table or of rows on their way into a statement: camelCase name to PostgreSQL's name of the type. */
export type ColumnTypes = Readonly<Record<string, string>>;

/**
 * A table as plain data, without Drizzle. `npm run tables` writes one for each table into `services/<service>/src/tables.gen.ts`.
 * `Row` is the type of a row as a select returns it, and `Required` names the columns that have no default.
 */
export type Table<Row, Types extends ColumnTypes, Required extends keyof Row, Name extends string = string> = {
  /** With its schema, as SQL writes it: `scheduler.tasks`. */
  readonly name: Name;
  /** Columns that an insert may set; generated ones are missing here. */
  readonly columns: Types;
  readonly required: readonly Required[];
  /** Never set: it carries the type of a row to the functions that take a table. */
  readonly row?: Row;
};

/** Declares a table for `tables.gen.ts`. Called twice, since TypeScript infers either all type arguments of a call or none. */
export const table =
  <Row>() =>
  <const Types extends ColumnTypes, Required extends keyof Row, const Name extends string>(
    name: Name,
    columns: Types,
    required: readonly Required[],
  ): Table<Row, Types, Required, Name> => ({ name, columns, required });

/**
 * Returns the types of some columns of a table, for `recordset`.
 * @example columnsOf(tasksTable, "id", "sliceKey") // { id: "uuid", sliceKey: "text" }
 */
export const columnsOf = <Row, Types extends ColumnTypes, Required extends keyof Row, Key extends keyof Types & string>(
  { columns }: Table<Row, Types, Required>,
  ...keys: readonly Key[]
): Pick<Types, Key> => {
  const wanted: ReadonlySet<string> = new Set(keys);
  const picked: Partial<Types> = {};
  for (const key in columns) if (wanted.has(key)) picked[key] = columns[key];
  return requireAll(picked, keys);
};

const requireAll = <Types extends ColumnTypes, Key extends keyof Types>(
  picked: Partial<Types>,
  keys: readonly Key[],
): Pick<Types, Key> => {
  if (hasAll(picked, keys)) return picked;
  throw new TypeError(`The table has not all of these columns: ${keys.join(", ")}`);
};

const hasAll = <Types extends ColumnTypes, Key extends keyof Types>(
  picked: Partial<Types>,
  keys: readonly Key[],
): picked is Partial<Types> & Pick<Types, Key> => keys.every((key) => picked[key] !== undefined);
