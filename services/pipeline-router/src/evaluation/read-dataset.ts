import type { DerivativeFacts, ScanFacts, SliceRef } from "@rollerblade/abids/facts";
import type { MissingMember } from "@rollerblade/analysis";
import { recordset, type Transaction } from "@rollerblade/database";
import {
  countMade,
  type DatasetMembers,
  type GroupState,
  highestOf,
  type LockedRule,
  matchesScan,
  missingMember,
  missingProgress,
  needName,
  type Progress,
  type Supply,
  type Tally,
  toleratesMissing,
} from "@rollerblade/pipeline";
import type { DocumentInForce } from "./documents-in-force.ts";
import { derivativeFactsFrom, scanFactsFrom } from "./stored-facts.ts";

/**
 * A rule on a whole dataset, and the dataset that it is evaluated for. In the example below, `summarize` in the dataset `ds1`.
 *
 * ```yaml
 * rules:
 *   volumes:   { on: { suffix: T1w }, run: brain-volumes }
 *   summarize: { on: volumes.table, per: dataset, run: group-summary }
 * ```
 *
 * What it takes comes from a *supply* (`Supply` of the pipeline library): its *makers* are the rules of the same document that make it
 * (`volumes`), and its *identities* the analyses, versions and parameters by which derivatives are recognized that no rule of the
 * document makes. A supply with makers counts what these decided, in progress or not; one without counts what is there.
 */
type DatasetRule = {
  readonly tx: Transaction;
  readonly document: DocumentInForce;
  readonly rule: LockedRule;
  readonly dataset: string;
};

/** Whether a rule on a whole dataset has anything to look at there. */
export const isWoken = async ({ tx, document, rule, dataset }: DatasetRule): Promise<boolean> => {
  const { on } = rule.rule;
  if (on.kind === "scan") return someScan(tx, dataset, (scan) => matchesScan(on, scan), on.fields.suffix ?? null);
  const { makers, identities } = rule.trigger ?? { makers: [], identities: [] };
  if (makers.length > 0) {
    const [row] = await tx`
      select 1 from pipeline_router.decisions
      where document = ${document.name} and dataset = ${dataset} and rule = any(${makers}::text[]) and ended_at is null
        and progress not in ('not-called', 'not-applicable') limit 1`;
    return row !== undefined;
  }
  const [row] = await tx`
    select 1 from pipeline_router.derivatives
    where dataset = ${dataset} and not gone and analysis = any(${identities.map(({ analysis }) => analysis)}::text[]) limit 1`;
  return row !== undefined;
};

const someScan = async (
  tx: Transaction,
  dataset: string,
  fits: (scan: ScanFacts) => boolean,
  suffixes: readonly string[] | null,
): Promise<boolean> => {
  const rows = tx<{ facts: string }[]>`
    select facts from pipeline_router.scans
    where dataset = ${dataset} and not withdrawn and (${suffixes}::text[] is null or suffix = any(${suffixes}::text[]))`;
  for await (const chunk of rows.cursor(100)) if (chunk.some(({ facts }) => fits(scanFactsFrom(facts)))) return true;
  return false;
};

/** Counts what a group has, without looking at its members. */
export const readGroupState = async (of: DatasetRule, openBatch: boolean): Promise<GroupState> => {
  const { rule } = of;
  const tallies: Tally[] = [];
  for (const { need, supply } of rule.needs) {
    const counted =
      supply.makers.length > 0 ? await countDecisions(of, supply) : await countDerivatives(of, supply, need.output);
    tallies.push({ need: needName(need), ...counted });
  }
  const lastChange = rule.rule.join?.complete.kind === "quiet" ? await readLastChange(of) : null;
  return { tallies, openBatch, lastChange, now: Date.now() };
};

type Counted = Omit<Tally, "need">;

/** A pending decision makes a member anew where an output of before is still in force at its slice. */
const countDecisions = async ({ tx, document, dataset }: DatasetRule, { makers }: Supply): Promise<Counted> => {
  const rows = await tx<{ progress: Progress; count: number; remade: number }[]>`
    select progress, count(*)::int as count,
      count(*) filter (where progress = 'pending' and exists (
        select from pipeline_router.derivatives made
        where made.dataset = decided.dataset and made.analysis = decided.analysis and made.slice_key = decided.slice_key
          and made.version = decided.version and made.parameters_hash = decided.parameters_hash and not made.gone))::int as remade
    from pipeline_router.decisions decided
    where document = ${document.name} and dataset = ${dataset} and rule = any(${makers}::text[]) and ended_at is null
    group by progress`;
  return {
    counts: Object.fromEntries(rows.map(({ progress, count }) => [progress, count])),
    remade: rows.reduce((sum, { remade }) => sum + remade, 0),
  };
};

const countDerivatives = async (of: DatasetRule, supply: Supply, output: string): Promise<Counted> => {
  const found = await readSupply(of, supply);
  const made = found.flatMap(({ facts }) => (facts.output === output ? [facts] : []));
  return { counts: { succeeded: countMade(made) }, remade: 0 };
};

const readLastChange = async (of: DatasetRule): Promise<number | null> => {
  const members = await Promise.all(of.rule.needs.map(({ supply }) => readSupply(of, supply)));
  const times = members.flat().map(({ knownAt }) => knownAt.getTime());
  return times.length === 0 ? null : Math.max(...times);
};

/** The columns by which derivatives of one analysis with the same parameters are found. */
const identityColumns = { analysis: "text", version: "text", parametersHash: "text" } as const;
const identityRow = ({ analysis, version, parametersHash }: Supply["identities"][number]) => ({
  ...{ analysis, version, parametersHash },
});

type SupplyRow = { readonly facts: DerivativeFacts; readonly knownAt: Date };

/** The derivatives in force of a supply: made by decisions that succeeded and still stand, or simply there where no rule makes them. */
const readSupply = async (
  { tx, document, dataset }: DatasetRule,
  { makers, identities }: Supply,
): Promise<SupplyRow[]> => {
  const rows = await tx<{ facts: string; knownAt: Date }[]>`
    select distinct on (made.path) made.facts, made.known_at from pipeline_router.derivatives made
    join ${recordset(tx, identityColumns, identities.map(identityRow))} as meant
      using (analysis, version, parameters_hash)
    where made.dataset = ${dataset} and not made.gone and made.facts is not null
      and (${makers.length === 0} or exists (
        select from pipeline_router.decisions decided
        where decided.document = ${document.name} and decided.rule = any(${makers}::text[])
          and decided.slice_key = made.slice_key and decided.ended_at is null and decided.progress = 'succeeded'
          and decided.key = made.key and decided.analysis = made.analysis and decided.version = made.version
          and decided.parameters_hash = made.parameters_hash))
    order by made.path, made.sequence desc`;
  const found = rows.map(({ facts, knownAt }) => ({ facts: derivativeFactsFrom(facts), knownAt }));
  if (makers.length > 0) return found;
  const highest = new Set(highestOf(found.map(({ facts }) => facts)));
  return found.filter(({ facts }) => highest.has(facts));
};

/** Everything that a complete group's rule may take its inputs from. */
export const readMembers = async (of: DatasetRule): Promise<DatasetMembers> => {
  const { tx, rule, dataset } = of;
  const found = new Map<string, DerivativeFacts>();
  const supplies = [...rule.inputs.values(), ...rule.needs.map(({ supply }) => supply)];
  for (const supply of new Map(supplies.map((one) => [JSON.stringify(one), one])).values()) {
    for (const { facts } of await readSupply(of, supply)) found.set(facts.id, facts);
  }
  const { inputs, reads } = rule.manifest;
  const needsScans = reads.length > 0 || inputs.some(({ kind }) => kind !== "derivative");
  const rows = needsScans
    ? await tx<{ facts: string }[]>`
        select facts from pipeline_router.scans where dataset = ${dataset} and not withdrawn order by path collate "C"`
    : [];
  const missing = await readMissing(of);
  return { scans: rows.map(({ facts }) => scanFactsFrom(facts)), derivatives: [...found.values()], missing };
};

/** What was expected and will not come. */
const readMissing = async ({ tx, document, rule, dataset }: DatasetRule): Promise<MissingMember[]> => {
  const missing: MissingMember[] = [];
  for (const { need, supply } of toleratesMissing(rule) ? rule.needs : []) {
    const rows = await tx<(SliceRef & { progress: Progress })[]>`
      select level, dataset, subject, session, scan, progress from pipeline_router.decisions
      where document = ${document.name} and dataset = ${dataset} and rule = any(${[...supply.makers]}::text[])
        and ended_at is null and progress = any(${[...missingProgress]}::text[])`;
    missing.push(...rows.map((row) => missingMember(need, row, row.progress)));
  }
  return missing;
};

/** What is left of the outputs of a decision on the whole dataset. */
export const readLive = async (
  { tx, rule, dataset }: DatasetRule,
  sliceKey: string,
  key: string,
): Promise<readonly DerivativeFacts[]> => {
  const { analysis, version, parametersHash } = rule.lock;
  const rows = await tx<{ facts: string }[]>`
    select distinct on (path) facts from pipeline_router.derivatives
    where dataset = ${dataset} and slice_key = ${sliceKey} and analysis = ${analysis} and version = ${version}
      and parameters_hash = ${parametersHash} and key = ${key} and not gone
    order by path, sequence desc`;
  return rows.map(({ facts }) => derivativeFactsFrom(facts));
};
