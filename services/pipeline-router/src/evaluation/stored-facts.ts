import { type DerivativeFacts, derivativeFactsSchema, type ScanFacts, scanFactsSchema } from "@rollerblade/abids/facts";

/** Decodes the facts of a scan as `scans.facts` stores them. @throws ZodError when they are none */
export const scanFactsFrom = (stored: string): ScanFacts => scanFactsSchema.parse(JSON.parse(stored));

/** Decodes the facts of a derivative as `derivatives.facts` stores them. @throws ZodError when they are none */
export const derivativeFactsFrom = (stored: string): DerivativeFacts => derivativeFactsSchema.parse(JSON.parse(stored));
