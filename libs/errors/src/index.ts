export { type BackOff, backOffMs } from "./back-off.ts";
export { type Finding, Problem, type ProblemBody, type ProblemCode } from "./problem.ts";
