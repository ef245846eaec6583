export { type Finding, Problem, type ProblemBody, type ProblemCode } from "./problem.ts";
