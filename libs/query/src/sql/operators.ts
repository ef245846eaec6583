/**
 * SQL of the operators of the query language. Each form is null exactly where evaluation is unknown, and never raises
 * an error: a cast stands behind a check of the type, a division behind a check of the divisor.
 */

import { datePattern } from "../check/date.ts";
import type { Arithmetic, Comparison, ElementNode } from "../check/node.ts";
import { calculable } from "../evaluate/value.ts";
import { fragment, raw, type SqlFragment } from "./fragment.ts";

/** Order of texts by code point, as `evaluate` compares them; the database's own collation may differ. */
export const byCodePoint = raw(`collate "C"`);

/** A jsonb value, or null where it is JSON's null: both mean that nobody recorded it. */
export const known = (json: SqlFragment): SqlFragment => fragment`nullif(${json}, 'null'::jsonb)`;

/** A jsonb value as one type, null where it is of another; the cast is reached only by what it cannot fail for. */
export const jsonAs = (type: "boolean" | "number" | "text", json: SqlFragment): SqlFragment => {
  if (type === "text") return fragment`(case when jsonb_typeof(${json}) = 'string' then ${json} #>> '{}' end)`;
  const cast = raw(type === "number" ? "float8" : "boolean");
  return fragment`(case when jsonb_typeof(${json}) = '${raw(type)}' then (${json})::${cast} end)`;
};

/** `result` over `q.l`; `offset 0` keeps it from being computed twice, or before its guard. */
export const over = (result: SqlFragment, left: SqlFragment): SqlFragment =>
  fragment`(select ${result} from (select ${left} as l offset 0) as q)`;

/** `result` over `q.l` and `q.r`, each computed once. */
export const overBoth = (result: SqlFragment, left: SqlFragment, right: SqlFragment): SqlFragment =>
  fragment`(select ${result} from (select ${left} as l, ${right} as r offset 0) as q)`;

/** Order of two jsonb values: of numbers or of texts, else null. */
export const compareJson = (comparison: Comparison, left: SqlFragment, right: SqlFragment): SqlFragment => {
  const operator = raw(comparison);
  return overBoth(
    fragment`case when jsonb_typeof(q.l) = 'number' and jsonb_typeof(q.r) = 'number' then q.l ${operator} q.r
     when jsonb_typeof(q.l) = 'string' and jsonb_typeof(q.r) = 'string'
     then (q.l #>> '{}') ${byCodePoint} ${operator} (q.r #>> '{}') end`,
    left,
    right,
  );
};

/** Whether a plain jsonb value is in a list, or a text is a key of an object. */
export const memberOfJson = (needle: SqlFragment, list: SqlFragment): SqlFragment =>
  overBoth(
    fragment`case when jsonb_typeof(q.l) not in ('array', 'object') then case jsonb_typeof(q.r)
     when 'array' then q.r @> q.l
     when 'object' then case when jsonb_typeof(q.l) = 'string' then jsonb_exists(q.r, q.l #>> '{}') end end end`,
    needle,
    list,
  );

/** The remainder exists for whole numbers that float8 holds exactly, as in JavaScript. */
const largestWhole = raw(String(Number.MAX_SAFE_INTEGER));

const results: Readonly<Record<Arithmetic, SqlFragment>> = {
  "+": raw("q.l + q.r"),
  "-": raw("q.l - q.r"),
  "*": raw("q.l * q.r"),
  "/": raw("case when q.r <> 0 then q.l / q.r end"),
  "%": fragment`case when q.r <> 0 and q.l = trunc(q.l) and q.r = trunc(q.r) and abs(q.l) <= ${largestWhole}
    and abs(q.r) <= ${largestWhole} then mod(q.l::int8, q.r::int8)::float8 end`,
};

const fits = (value: SqlFragment): SqlFragment =>
  fragment`(${value} = 0 or abs(${value}) between ${raw(String(calculable.least))} and ${raw(String(calculable.most))})`;

/** Arithmetic of two float8 that never overflows; null where it might, and for a division by zero. */
export const calculateSql = (operator: Arithmetic, left: SqlFragment, right: SqlFragment): SqlFragment =>
  overBoth(fragment`case when ${fits(raw("q.l"))} and ${fits(raw("q.r"))} then ${results[operator]} end`, left, right);

/**
 * Days from 1970-01-01 to a date of BIDS, as {@link daysSince1970} counts them. What has the form and is no day (2023-02-30) is found out
 * by PostgreSQL's own reader of dates, before the cast.
 */
export const dateSql = (text: SqlFragment): SqlFragment =>
  over(
    fragment`(select case when pg_input_is_valid(p.m[1] || '-' || p.m[2] || '-' || p.m[3], 'date') then
       ((p.m[1] || '-' || p.m[2] || '-' || p.m[3])::date - date '1970-01-01')::float8
       + (coalesce(p.m[4], '0')::float8 * 3600 + coalesce(p.m[5], '0')::float8 * 60 + coalesce(p.m[6], '0')::float8) / 86400 end
     from (select regexp_match(q.l, '${raw(datePattern)}') as m) as p where p.m is not null)`,
    text,
  );

/** Letters of a text, elements of a list, keys of an object. */
export const sizeOfJson = (json: SqlFragment): SqlFragment =>
  over(
    fragment`(case jsonb_typeof(q.l) when 'string' then length(q.l #>> '{}') when 'array' then jsonb_array_length(q.l)
     when 'object' then (select count(*) from jsonb_object_keys(q.l)) end)::float8`,
    json,
  );

/** The least or greatest of a list of numbers; null for an empty list and where something in it is not a number. */
export const extremeOfJson = (which: "min" | "max", json: SqlFragment): SqlFragment =>
  over(
    fragment`case when jsonb_typeof(q.l) = 'array' then (
     select case when bool_and(jsonb_typeof(e.v) = 'number') then ${raw(which)}(case when jsonb_typeof(e.v) = 'number' then (e.v)::float8 end) end
     from jsonb_array_elements(case when jsonb_typeof(q.l) = 'array' then q.l else '[]'::jsonb end) as e(v)) end`,
    json,
  );

/** The element that `exists` and `all` are at, as the statement calls it. */
export const elementSql = ({ id }: ElementNode): SqlFragment => raw(`e${id}.v`);

/** Kleene's `or` (decided by true) or `and` (by false) over all elements; what is not a list is never walked through. */
export const walkJson = (decided: boolean, list: SqlFragment, { id }: ElementNode, body: SqlFragment): SqlFragment => {
  const [outcome, otherwise] = [raw(String(decided)), raw(String(!decided))];
  return over(
    fragment`case when jsonb_typeof(q.l) = 'array' then (
     select case when bool_or(b.p = ${outcome}) then ${outcome} when bool_or(b.p is null) then null else ${otherwise} end
     from (select ${body} as p
       from jsonb_array_elements(case when jsonb_typeof(q.l) = 'array' then q.l else '[]'::jsonb end) as e${raw(String(id))}(v)) as b) end`,
    list,
  );
};
