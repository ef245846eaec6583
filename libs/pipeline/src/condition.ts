import type { PipelineDocument } from "./document.ts";
import type { Fault } from "./faults.ts";

/** Conditions that cannot be read or are not true or false. */
export const conditionFaults = (_document: PipelineDocument): Fault[] => [];
