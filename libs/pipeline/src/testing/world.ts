import { type DerivativeFacts, liesWithin, type ScanFacts, type SliceRef, sliceKey } from "@rollerblade/abids/facts";
import type { RequestedSlice } from "@rollerblade/analysis";
import { parseDocument } from "../document/parse-document.ts";
import { datasetSlice, decideDataset, waitForDataset } from "../evaluate/evaluate-group.ts";
import { evaluateSubject } from "../evaluate/evaluate-subject.ts";
import { keyOf } from "../evaluate/execution-keys.ts";
import { missingMember, missingProgress, toleratesMissing } from "../evaluate/missing-members.ts";
import { needName } from "../evaluate/readiness.ts";
import { placeKey } from "../evaluate/slices.ts";
import { transitionsOf } from "../evaluate/transitions.ts";
import type { Outcome, Progress, Standing, Verdict } from "../evaluate/verdict.ts";
import type { Analyses } from "../lock/analysis-version.ts";
import { lockDocument } from "../lock/lock-document.ts";
import { type LockedDocument, type LockedRule, lockedDocument, makes } from "../lock/locked-rules.ts";
import { sameIdentity } from "../lock/locks.ts";
import { sha256 } from "./facts.ts";

/** A request that a rule made, as the log of a world shows it. */
export type Started = {
  readonly rule: string;
  readonly slice: SliceRef;
  readonly key: string;
  readonly request: RequestedSlice;
};

/** Facts, decisions and a scheduler that finishes what a test asks for; time stands still. */
export type World = {
  scans: ScanFacts[];
  derivatives: DerivativeFacts[];
  standing: Standing[];
  held: Set<string>;
  openBatch: boolean;
  readonly gone: Set<string>;
  readonly knownSince: Map<string, number>;
  now: number;
  document: LockedDocument;
  /** Every request, in its order. */
  readonly started: Started[];
  /** Evaluates until nothing changes. */
  settle(): void;
  /** Ends what is asked of these rules (of all, without names). */
  finish(outcome: Outcome, ...rules: string[]): void;
  /** Settles and finishes until nothing is asked any more. */
  runAll(): void;
  /** Takes derivatives away. */
  withdraw(chosen: (derivative: DerivativeFacts) => boolean): void;
  apply(source: string, analyses: Analyses): void;
  /** Makes what a rule runs for one subject, with the inputs of its last request, as somebody does who runs the analysis by hand. */
  runByHand(rule: string, subject: string): void;
  reasons(rule: string): string[];
  keysSeen: Set<string>;
};

/** A world in which one document is in force. */
export const world = (source: string, analyses: Analyses, scans: readonly ScanFacts[] = []): World => {
  const lock = (text: string, known: Analyses): LockedDocument => {
    const document = parseDocument("test", text);
    return lockedDocument(document, lockDocument(document, known), known);
  };
  const it: World = {
    scans: [...scans],
    derivatives: [],
    standing: [],
    held: new Set(),
    openBatch: false,
    gone: new Set(),
    knownSince: new Map(),
    now: 0,
    document: lock(source, analyses),
    started: [],
    keysSeen: new Set(),
    settle: () => {
      for (let round = 0; round < 10; round++) {
        const before = JSON.stringify(it.standing);
        for (const subject of new Set(
          [...it.scans, ...it.standing.map(({ slice }) => slice)].map(({ subject: one }) => one),
        )) {
          if (subject !== null) evaluateOneSubject(it, subject);
        }
        evaluateWhole(it);
        if (JSON.stringify(it.standing) === before) return;
      }
      throw new Error("The world does not settle.");
    },
    finish: (outcome, ...rules) => {
      const asked = it.standing.filter(
        (one) => one.outcome === "asked" && (rules.length === 0 || rules.includes(one.rule)),
      );
      for (const standing of asked) finishOne(it, standing, outcome);
    },
    runAll: () => {
      for (let round = 0; round < 20; round++) {
        it.settle();
        if (!it.standing.some(({ outcome }) => outcome === "asked")) return;
        it.finish("ran");
      }
      throw new Error("The world does not end.");
    },
    withdraw: (chosen) => {
      for (const { id } of it.derivatives.filter(chosen)) it.gone.add(id);
      it.derivatives = it.derivatives.filter((derivative) => !chosen(derivative));
    },
    runByHand: (name, subject) => {
      const rule = it.document.rule.get(name);
      const last = it.started.findLast((one) => one.rule === name && one.slice.subject === subject);
      if (rule === undefined || last === undefined) throw new Error(`Nothing was started by ${name} for ${subject}.`);
      const stands = it.standing.find((one) => one.rule === name && one.slice.subject === subject);
      if (stands === undefined) throw new Error(`Nothing stands by ${name} for ${subject}.`);
      const key = keyOf(rule, last.request);
      it.derivatives.push(
        ...rule.manifest.outputs
          .filter(({ required }) => required)
          .map((output) => outputOf(it, rule, { ...stands, key }, output.name)),
      );
    },
    apply: (text, known) => {
      it.document = lock(text, known);
    },
    reasons: (rule) => it.standing.filter((one) => one.rule === rule).map(({ reason }) => reason),
  };
  return it;
};

const dataset = "demo";

const evaluateOneSubject = (it: World, subject: string): void => {
  const facts = {
    dataset,
    subject,
    scans: it.scans.filter((scan) => scan.subject === subject),
    derivatives: it.derivatives.filter(({ slice }) => slice.subject === subject || slice.subject === null),
    standing: it.standing.filter(({ slice }) => slice.subject === subject || slice.subject === null),
    held: it.held,
    openBatch: it.openBatch,
    gone: it.gone,
    knownSince: it.knownSince,
    now: it.now,
  };
  write(
    it,
    evaluateSubject(it.document, facts),
    facts.standing.filter(({ slice }) => slice.subject !== null),
  );
};

const evaluateWhole = (it: World): void => {
  for (const rule of it.document.rules.filter(({ manifest }) => manifest.level === "dataset")) {
    const stands = it.standing.filter((one) => one.rule === rule.name);
    write(it, it.scans.length === 0 ? [] : [wholeVerdict(it, rule, stands[0])], stands);
  }
  const rules = new Set(it.document.rules.map(({ name }) => name));
  it.standing = it.standing.filter(({ rule }) => rules.has(rule));
};

const wholeVerdict = (it: World, rule: LockedRule, standing: Standing | undefined): Verdict => {
  const made = (one: Standing): DerivativeFacts[] =>
    it.derivatives.filter((derivative) => isMadeBy(it, one, derivative));
  const makers = (names: readonly string[]): Standing[] => it.standing.filter((one) => names.includes(one.rule));
  const tallies = rule.needs.map(({ need, supply }) => {
    const counts: Partial<Record<Progress, number>> = {};
    for (const { progress } of makers(supply.makers)) counts[progress] = (counts[progress] ?? 0) + 1;
    const remade = makers(supply.makers).filter(
      ({ progress, slice }) =>
        progress === "pending" &&
        it.derivatives.some(
          (one) =>
            sliceKey(one.slice) === sliceKey(slice) &&
            supply.identities.some((identity) => sameIdentity(identity, one)),
        ),
    );
    return { need: needName(need), counts, remade: remade.length };
  });
  const derivatives = rule.needs.flatMap(({ supply }) =>
    makers(supply.makers)
      .filter(({ progress }) => progress === "succeeded")
      .flatMap(made),
  );
  const missing = (toleratesMissing(rule) ? rule.needs : []).flatMap(({ need, supply }) =>
    makers(supply.makers)
      .filter(({ progress }) => missingProgress.includes(progress))
      .map(({ slice, progress }) => missingMember(need, slice, progress)),
  );
  const times = derivatives.map(({ id }) => it.knownSince.get(id) ?? 0);
  const lastChange = times.length === 0 ? null : Math.max(...times);
  const waiting = waitForDataset(rule, dataset, { tallies, openBatch: it.openBatch, lastChange, now: it.now });
  const stands = standing && { standing, live: made(standing), gone: it.gone };
  return waiting ?? decideDataset(rule, dataset, { scans: it.scans, derivatives, missing }, stands, it.now);
};

const isMadeBy = (it: World, { rule, slice, key }: Standing, derivative: DerivativeFacts): boolean => {
  const lock = it.document.rule.get(rule)?.lock;
  return (
    lock !== undefined &&
    makes(lock, derivative) &&
    derivative.key === key &&
    sliceKey(derivative.slice) === sliceKey(slice)
  );
};

const write = (it: World, verdicts: readonly Verdict[], standing: readonly Standing[]): void => {
  const { begin, promote, restate, end } = transitionsOf(standing, verdicts);
  const gone = new Set([...end, ...promote, ...restate].map((one) => one.standing));
  const made = [...begin, ...promote.map(({ verdict, standing: { restarts } }) => ({ verdict, restarts }))];
  it.standing = [
    ...it.standing.filter((one) => !gone.has(one)),
    ...restate.map(({ standing: one, progress, reason }) => ({ ...one, progress, reason })),
    ...made.map(({ verdict, restarts }) => newStanding(it, verdict, restarts)),
  ].sort((a, b) => (placeKey(a.rule, a.slice) < placeKey(b.rule, b.slice) ? -1 : 1));
};

const newStanding = (it: World, { rule, slice, call, progress, reason }: Verdict, restarts: number): Standing => {
  const isAsked = call.kind === "run" && call.accepted === undefined;
  if (isAsked) it.started.push({ rule, slice, key: call.key, request: call.request });
  const outcome = isAsked ? "asked" : "in-place";
  const asked = call.kind === "run" ? ({ key: call.key, outcome } as const) : { key: null, outcome: null };
  return {
    rule,
    slice,
    ...asked,
    derivatives: null,
    failure: null,
    restarts,
    startedAt: call.kind === "run" ? it.now : null,
    progress,
    reason,
  };
};

const finishOne = (it: World, standing: Standing, outcome: Outcome): void => {
  const rule = it.document.rule.get(standing.rule);
  if (rule === undefined || standing.key === null) return;
  it.keysSeen.add(standing.key);
  const ok = outcome !== "failed" && outcome !== "cancelled";
  const made = ok
    ? rule.manifest.outputs.filter(({ required }) => required).map(({ name }) => outputOf(it, rule, standing, name))
    : [];
  const paths = new Set(made.map(({ path }) => path));
  it.withdraw(({ path }) => paths.has(path));
  it.derivatives.push(...made);
  for (const { id } of made) it.knownSince.set(id, it.now);
  const derivatives = ok ? made.map(({ id }) => id) : standing.derivatives;
  it.standing = it.standing.map((one) =>
    one === standing ? { ...one, outcome, derivatives, failure: ok ? null : "exit 1" } : one,
  );
};

let made = 0;

const outputOf = (
  it: World,
  { lock: { analysis, version, parametersHash }, manifest }: LockedRule,
  { slice, key }: Standing,
  output: string,
): DerivativeFacts => {
  const scans = it.scans.filter(({ dataset: of, subject, session, path }) =>
    liesWithin({ level: "scan", dataset: of, subject, session, scan: path }, slice),
  );
  const place = [slice.subject, slice.session, slice.scan].filter((part) => part !== null).join("/");
  return {
    id: `d${++made}`,
    dataset,
    path: `derivatives/${analysis}-${version}+${parametersHash}/${place}/${output}`,
    ...{ analysis, version, parametersHash },
    output,
    key: key ?? "",
    slice: slice.level === "dataset" ? datasetSlice(dataset) : slice,
    entities: {},
    datatype: "anat",
    suffix: output,
    extension: ".json",
    size: 1,
    sha256: sha256(`${manifest.name} ${key} ${output}`),
    sources: scans.map(({ path, files }) => ({ dataset, path, sha256: files[0]?.sha256 ?? "" })),
    revision: 1,
  };
};
