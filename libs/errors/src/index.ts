export { type BackOff, backOffMs } from "./back-off.ts";
export { causeOf } from "./failure-cause.ts";
export { type Finding, Problem, type ProblemBody } from "./problem.ts";
export { isProblemCode, type ProblemCode, problemCodeOf, problemTypes, statusOf } from "./problem-types.ts";
export { problemOfSystem } from "./system-fault.ts";
