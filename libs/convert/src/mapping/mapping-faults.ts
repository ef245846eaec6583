import { didYouMean, nearestNames } from "@rollerblade/abids/nearest-names";
import type { YamlPath, YamlText } from "@rollerblade/analysis";
import { type Finding, Problem } from "@rollerblade/errors";
import { z } from "zod";

/** Collects what is wrong with a mapping, each fault with its line. */
export type Faults = {
  readonly add: (path: YamlPath, message: string) => void;
  /** Runs a part of the compilation; a `Problem` of it becomes a fault at `path`. */
  readonly attempt: <Result>(path: YamlPath, compile: () => Result) => Result | null;
  /** @throws Problem `invalid` that lists all faults, where there are any */
  readonly finish: () => void;
};

/** Opens a list of faults of a mapping file. */
export const collectFaults = (file: string, text: YamlText): Faults => {
  const findings: Finding[] = text.faults.map(({ position, message }) => ({
    where: `${file}:${position.line}:${position.column}`,
    message,
  }));
  const add = (path: YamlPath, message: string): void => {
    const { line, column } = text.positionOf(path);
    findings.push({ where: `${file}:${line}:${column} ${path.map(String).join(".")}`, message });
  };
  return {
    add,
    attempt: (path, compile) => {
      try {
        return compile();
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        add(path, error.message);
        return null;
      }
    },
    finish: () => {
      const [first] = findings;
      if (first === undefined) return;
      throw new Problem({
        code: "invalid",
        message: `The mapping has ${findings.length === 1 ? "a fault" : `${findings.length} faults`}: ${first.where}: ${first.message}`,
        subject: file,
        next: "Correct the mapping; `dataset convert --suggest` writes one to begin with.",
        findings,
      });
    },
  };
};

/** Adds what a schema found, with the nearest name for each key that it does not know. */
export const addSchemaFaults = (faults: Faults, schema: z.ZodType, error: z.ZodError): void => {
  for (const issue of error.issues) {
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, issue.path);
      for (const key of issue.keys)
        faults.add([...issue.path, key], `${key} is not a field that can stand here${didYouMean(key, known)}`);
    } else if (issue.code === "invalid_union") faults.add(issue.path, unionMessage(issue));
    else if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
      faults.add(issue.path, `${String(issue.path.at(-1))} is missing`);
    else faults.add(issue.path, issue.message);
  }
};

const unionMessage = ({ errors }: z.core.$ZodIssueInvalidUnion): string =>
  [...new Set(errors.flat().map(({ message }) => message))].join("; or: ");

/** The keys that an object of a schema can have, at a path through it. */
const keysAt = (schema: unknown, path: readonly PropertyKey[]): readonly string[] => {
  const inner = unwrapped(schema);
  const [step, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    const shape: Readonly<Record<string, unknown>> = inner.shape;
    return step === undefined ? Object.keys(shape) : keysAt(shape[String(step)], rest);
  }
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => keysAt(option, path));
  if (step === undefined) return [];
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest);
  return inner instanceof z.ZodRecord ? keysAt(inner.valueType, rest) : [];
};

const unwrapped = (schema: unknown): unknown =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? unwrapped(schema.unwrap()) : schema;

/** Half a sentence for the end of a fault, with up to three known names that are near. */
export const nearestOf = (name: string, known: Iterable<string>): string => {
  const near = nearestNames(name, known);
  return near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`;
};
