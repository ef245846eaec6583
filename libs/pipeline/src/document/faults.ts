import type { Position } from "@rollerblade/analysis";
import { type Finding, Problem } from "@rollerblade/errors";

/** One fault of a document: where it stands, in which rule or tag, in which field. */
export type Fault = {
  readonly position: Position | null;
  /** For example `rule mask-every-t1w`, or empty where the fault is the document's own. */
  readonly part: string;
  /** For example `run.version`, or empty. */
  readonly field: string;
  readonly message: string;
};

/** The faults of one document as the problem that a person sees. */
export const documentProblem = (document: string, faults: readonly Fault[]): Problem => {
  const count = faults.length === 1 ? "a fault" : `${faults.length} faults`;
  const [first] = faults;
  return new Problem({
    code: "invalid",
    message: `The pipeline document ${document} has ${count}: ${first === undefined ? "" : sentenceOf(first)}`,
    subject: document,
    next: "Correct the document and check it with `rollerblade pipeline check FILE`; the last good one stays in force.",
    findings: faults.map((fault) => findingOf(document, fault)),
  });
};

const sentenceOf = (fault: Fault): string => {
  const where = [placeOf(fault), fault.part, fault.field].filter((part) => part !== "").join(", ");
  return where === "" ? fault.message : `${where}: ${fault.message}`;
};

const placeOf = ({ position }: Fault): string => (position === null ? "" : `${position.line}:${position.column}`);

const findingOf = (document: string, fault: Fault): Finding => ({
  where: [[document, placeOf(fault)].filter(Boolean).join(":"), fault.part, fault.field].filter(Boolean).join(" "),
  message: fault.message,
});
