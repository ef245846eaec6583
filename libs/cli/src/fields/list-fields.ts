import { catalogRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { printJson, printTable, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Runs `fields [PREFIX]`: what queries can ask for in the datasets that one may read, with the number of scans. */
export const listFields = async (prefix: string, { json, dataset }: Reading & { dataset?: string }): Promise<void> => {
  const server = await findServer();
  const { items } = await server.call(catalogRoutes.listFields, { query: { prefix, dataset } });
  if (json === true) return printJson(items);
  const shown = shownFields(items, prefix);
  printTable(
    ["field", "type", "unit", "count", "range", "description"],
    shown.map((field) => [
      ...[
        field.name,
        field.types.join(", "),
        field.units,
        field.count,
        rangeOf(field),
        shortened(field.description ?? "", 60),
      ],
    ]),
    `No field begins with "${prefix}".`,
  );
  const hidden = items.length - shown.length;
  if (hidden > 0)
    printMessage(`${hidden} BIDS entities are in no scan; \`rollerblade fields scan.entities.\` lists them, too.`);
};

/** The fields worth a line: BIDS has some forty entities, and a dataset has few of them; a prefix asks for all. */
export const shownFields = <T extends { readonly name: string; readonly count: number | null }>(
  fields: readonly T[],
  prefix: string,
): T[] => fields.filter(({ name, count }) => count !== null || prefix !== "" || !name.startsWith("scan.entities."));

type Ranged = {
  readonly low: number | null;
  readonly high: number | null;
  readonly examples: readonly { readonly value: string }[];
  readonly levels: Readonly<Record<string, string>>;
};

const shortened = (text: string, letters: number): string =>
  text.length > letters ? `${text.slice(0, letters - 1)}…` : text;

const rangeOf = ({ low, high, examples, levels }: Ranged): string => {
  const meant = (value: string): string => (levels[value] === undefined ? value : `${value} = ${levels[value]}`);
  if (low !== null && high !== null && Object.keys(levels).length === 0)
    return low === high ? String(low) : `${rounded(low)} to ${rounded(high)}`;
  const values = examples.length > 0 ? examples.map(({ value }) => value) : Object.keys(levels);
  return shortened(values.slice(0, 4).map(meant).join(", "), 40);
};

const rounded = (value: number): string => String(Number(value.toPrecision(6)));
