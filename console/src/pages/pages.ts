import type { ComponentType } from "react";

/** One page: where it is, and how its code is loaded when somebody goes there. */
export type PageEntry = {
  /** Below the address of the server; `:name` stands for a part of it. */
  readonly path: string;
  readonly load: () => Promise<{ readonly default: ComponentType }>;
};

/** All pages that need somebody who has signed in. A new one is a folder, a line here, and a line of the navigation if it has one. */
export const pages: readonly PageEntry[] = [
  { path: "/", load: () => import("./home/home.tsx") },
  { path: "/datasets/:dataset/subjects/:subject", load: () => import("./subject/subject.tsx") },
  { path: "/datasets/:dataset", load: () => import("./dataset/dataset.tsx") },
  { path: "/datasets", load: () => import("./datasets/datasets.tsx") },
  { path: "/query", load: () => import("./query/query.tsx") },
  { path: "/analyses/:analysis", load: () => import("./analyses/analysis.tsx") },
  { path: "/analyses", load: () => import("./analyses/analyses.tsx") },
  { path: "/runs", load: () => import("./runs/runs.tsx") },
  { path: "/runs/:id", load: () => import("./run/run.tsx") },
  { path: "/pipelines", load: () => import("./pipelines/pipelines.tsx") },
  { path: "/pipelines/:name", load: () => import("./pipeline/pipeline.tsx") },
  { path: "/results", load: () => import("./results/results.tsx") },
  { path: "/quality", load: () => import("./quality/quality.tsx") },
  { path: "/operations", load: () => import("./operations/operations.tsx") },
  { path: "/access", load: () => import("./access/access.tsx") },
];
