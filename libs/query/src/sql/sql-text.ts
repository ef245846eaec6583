import type { Arithmetic, Comparison, ElementNode } from "../check/node.ts";
import { calculable } from "../evaluate/value.ts";

/** Order of texts by code point, as everywhere in Rollerblade. */
export const byCodePoint = `collate "C"`;

/** JSON's null is what nobody recorded. */
export const known = (json: string): string => `nullif(${json}, 'null'::jsonb)`;

/** A jsonb value as one type, null where it is of another; the cast is reached only by what it cannot fail for. */
export const jsonAs = (type: "boolean" | "number" | "text", json: string): string => {
  if (type === "text") return `(case when jsonb_typeof(${json}) = 'string' then ${json} #>> '{}' end)`;
  const cast = type === "number" ? "float8" : "boolean";
  return `(case when jsonb_typeof(${json}) = '${type}' then (${json})::${cast} end)`;
};

/** `result` over `q.l`; `offset 0` keeps it from being computed twice, or before its guard. */
export const over = (result: string, left: string): string =>
  `(select ${result} from (select ${left} as l offset 0) as q)`;

/** `result` over `q.l` and `q.r`, each computed once. */
export const overBoth = (result: string, left: string, right: string): string =>
  `(select ${result} from (select ${left} as l, ${right} as r offset 0) as q)`;

/** Order of two jsonb values: of numbers or of texts, else null. */
export const compareJson = (operator: Comparison, left: string, right: string): string =>
  overBoth(
    `case when jsonb_typeof(q.l) = 'number' and jsonb_typeof(q.r) = 'number' then q.l ${operator} q.r
     when jsonb_typeof(q.l) = 'string' and jsonb_typeof(q.r) = 'string'
     then (q.l #>> '{}') ${byCodePoint} ${operator} (q.r #>> '{}') end`,
    left,
    right,
  );

/** Whether a plain jsonb value is in a list, or a text is a key of an object. */
export const memberOfJson = (needle: string, list: string): string =>
  overBoth(
    `case when jsonb_typeof(q.l) not in ('array', 'object') then case jsonb_typeof(q.r)
     when 'array' then q.r @> q.l
     when 'object' then case when jsonb_typeof(q.l) = 'string' then jsonb_exists(q.r, q.l #>> '{}') end end end`,
    needle,
    list,
  );

const results: Readonly<Record<Arithmetic, string>> = {
  "+": "q.l + q.r",
  "-": "q.l - q.r",
  "*": "q.l * q.r",
  "/": "case when q.r <> 0 then q.l / q.r end",
  "%": `case when q.r <> 0 and q.l = trunc(q.l) and q.r = trunc(q.r) and abs(q.l) <= ${Number.MAX_SAFE_INTEGER}
    and abs(q.r) <= ${Number.MAX_SAFE_INTEGER} then mod(q.l::int8, q.r::int8)::float8 end`,
};

const fits = (value: string): string =>
  `(${value} = 0 or abs(${value}) between ${calculable.least} and ${calculable.most})`;

/** Arithmetic of two float8 that never overflows; null where it might, and for a division by zero. */
export const calculateSql = (operator: Arithmetic, left: string, right: string): string =>
  overBoth(`case when ${fits("q.l")} and ${fits("q.r")} then ${results[operator]} end`, left, right);

/** Letters of a text, elements of a list, keys of an object. */
export const sizeOfJson = (json: string): string =>
  over(
    `(case jsonb_typeof(q.l) when 'string' then length(q.l #>> '{}') when 'array' then jsonb_array_length(q.l)
     when 'object' then (select count(*) from jsonb_object_keys(q.l)) end)::float8`,
    json,
  );

/** How `exists` and `all` call the element of the list. */
export const elementSql = ({ id }: ElementNode): string => `e${id}.v`;

/** Kleene's `or` (decided by true) or `and` (by false) over all elements; what is no list is never walked through. */
export const walkJson = (decided: boolean, list: string, { id }: ElementNode, body: string): string =>
  over(
    `case when jsonb_typeof(q.l) = 'array' then (
     select case when bool_or(b.p = ${decided}) then ${decided} when bool_or(b.p is null) then null else ${!decided} end
     from (select ${body} as p
       from jsonb_array_elements(case when jsonb_typeof(q.l) = 'array' then q.l else '[]'::jsonb end) as e${id}(v)) as b) end`,
    list,
  );
