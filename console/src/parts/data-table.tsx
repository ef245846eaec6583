import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef } from "react";

/** One column of a table. */
export type Column<Item> = {
  readonly key: string;
  readonly title: string;
  readonly cell: (item: Item) => ReactNode;
  /** As a track of CSS grid. @default "minmax(6rem, 1fr)" */
  readonly width?: string;
  /** What the server calls the order by this column; its title is a button then. */
  readonly sort?: string;
  /** Numbers stand on the right. */
  readonly isNumber?: boolean;
};

type DataTableProps<Item> = {
  /** What the rows are, for whoever does not see them. */
  readonly label: string;
  readonly columns: readonly Column<Item>[];
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  /** How many rows there are in all, where that is known. */
  readonly total?: number | undefined;
  /** Reads the next page; without it all rows are there. */
  readonly onMore?: (() => void) | undefined;
  readonly isReading?: boolean;
  /** What stands in place of rows where there are none. */
  readonly empty: string;
  /** The order that the rows have, as the server calls it; with a minus from the last to the first. */
  readonly order?: string;
  readonly onOrder?: (order: string) => void;
};

/** Pixels of a row; the style sheet says the same. */
const rowHeight = 36;

/** Rows that are drawn above and below what is seen, so that scrolling shows no gap. */
const overscan = 12;

const arrows = { ascending: "▲", descending: "▼", none: "" } as const;

/** How the rows are sorted by a column, in the words of ARIA; undefined for a column that they cannot be sorted by. */
const directionOf = (sort: string | undefined, order: string | undefined) => {
  if (sort === undefined) return undefined;
  if (order === sort) return "ascending";
  return order === `-${sort}` ? "descending" : "none";
};

type RowProps<Item> = {
  readonly item: Item;
  readonly columns: readonly Column<Item>[];
  readonly index: number;
  /** Pixels from the first row. */
  readonly start: number;
  readonly template: string;
};

/** One row. While one scrolls, the cells of those that stay in view are not drawn anew. */
const Row = <Item,>({ item, columns, index, start, template }: RowProps<Item>) => {
  const cells = useMemo(
    () =>
      columns.map(({ key, cell, isNumber }) => (
        <div role="cell" key={key} className={isNumber === true ? "number" : undefined}>
          {cell(item)}
        </div>
      )),
    [item, columns],
  );
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="table-row"
      style={{ gridTemplateColumns: template, transform: `translateY(${start}px)` }}
    >
      {cells}
    </div>
  );
};

/**
 * A table of any number of rows, of which only those in view are drawn. The server sorts and filters; the next page is read as its end comes
 * near. Rows are at fixed places of a box that is as high as all of them, so that the bar shows how far one is.
 */
export const DataTable = <Item,>({
  label,
  columns,
  items,
  keyOf,
  total,
  onMore,
  isReading = false,
  empty,
  order,
  onOrder,
}: DataTableProps<Item>) => {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan,
  });
  const visible = rows.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  const isNearEnd = items.length > 0 && last >= items.length - overscan * 2;
  useEffect(() => {
    if (isNearEnd && !isReading) onMore?.();
  }, [isNearEnd, isReading, onMore]);
  // Another order begins anew at its first row.
  useEffect(() => {
    if (order !== undefined) box.current?.scrollTo({ top: 0 });
  }, [order]);
  if (items.length === 0) return <p className="empty">{isReading ? "Loading …" : empty}</p>;
  const widths = columns.map(({ width = "minmax(6rem, 1fr)" }) => width);
  const template = widths.join(" ");
  // Each row is a grid of its own: they have the same columns because they are of one width.
  const minWidth = `${widths.reduce((sum, width) => sum + Number(/([\d.]+)rem/.exec(width)?.[1] ?? 0), 0)}rem`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard (WCAG 2.1.1)
    <div className="table" role="table" aria-label={label} aria-rowcount={total ?? -1} ref={box} tabIndex={0}>
      <div role="rowgroup" className="table-head" style={{ minWidth }}>
        <div role="row" className="table-row" style={{ gridTemplateColumns: template }} aria-rowindex={1}>
          {columns.map(({ key, title, sort, isNumber }) => (
            <div
              role="columnheader"
              key={key}
              aria-sort={directionOf(sort, order)}
              className={isNumber === true ? "number" : undefined}
            >
              {sort === undefined || onOrder === undefined ? (
                title
              ) : (
                <button type="button" className="sort" onClick={() => onOrder(order === sort ? `-${sort}` : sort)}>
                  {title} <span aria-hidden="true">{arrows[directionOf(sort, order) ?? "none"]}</span>
                </button>
              )}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="table-body" style={{ height: rows.getTotalSize(), minWidth }}>
        {visible.map(({ index, start }) => {
          const item = items[index];
          return item === undefined ? null : (
            <Row key={keyOf(item)} item={item} columns={columns} index={index} start={start} template={template} />
          );
        })}
      </div>
    </div>
  );
};
