import { isJsonObject, type Json, type JsonObject } from "@rollerblade/abids";
import type { Transaction } from "@rollerblade/database";
import { fieldName } from "@rollerblade/query";
import type { MergedScan } from "./scan-facts.ts";

const typeOf = (value: Json): string | null => {
  if (value === null) return null;
  if (Array.isArray(value)) return "list";
  const type = typeof value;
  return type === "string" ? "text" : type;
};

const fieldsOf = (group: string, values: JsonObject): [name: string, type: string][] =>
  Object.entries(values).flatMap(([key, value]) => {
    const type = typeOf(value);
    return type === null || key.length > 200 ? [] : [[fieldName(group, [key]), type]];
  });

/** The columns of a level and, below them, those of its phenotypes. */
const columnsOf = (group: string, columns: JsonObject): [name: string, type: string][] => {
  const { phenotype } = columns;
  const tools = phenotype !== undefined && isJsonObject(phenotype) ? Object.entries(phenotype) : [];
  const below = tools.flatMap(([tool, row]) =>
    isJsonObject(row) ? fieldsOf(fieldName(group, ["phenotype", tool]), row) : [],
  );
  return [...fieldsOf(group, columns), ...below];
};

const eventsOf = (image: JsonObject | null | undefined): JsonObject => {
  const events = image?.events;
  return events !== undefined && isJsonObject(events) ? events : {};
};

/** Remembers which fields the dataset brings along, so that people see what they can ask. */
export const rememberFields = async (
  tx: Transaction,
  dataset: string,
  merged: readonly MergedScan[],
): Promise<void> => {
  const fields = new Map<string, { name: string; type: string }>();
  for (const { facts } of merged) {
    const all = [
      ...columnsOf("subject", facts.subjectAttributes),
      ...columnsOf("session", facts.sessionAttributes),
      ...fieldsOf("scan", facts.scanAttributes ?? {}),
      ...fieldsOf("metadata", facts.metadata),
      ...fieldsOf("events", eventsOf(facts.image)),
    ];
    for (const [name, type] of all) fields.set(`${type} ${name}`, { name, type });
  }
  if (fields.size === 0) return;
  await tx`
    insert into catalog.fields (dataset, name, type)
    select ${dataset}, name, type from jsonb_to_recordset(${JSON.stringify([...fields.values()])}::text::jsonb) as r(name text, type text)
    on conflict do nothing`;
};
