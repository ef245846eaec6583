import { graphlib, layout } from "@dagrejs/dagre";
import type { AnalysisVersion, PipelineSummary, RuleCounts } from "@rollerblade/client";
import { z } from "zod";

/** An analysis in the graph. */
export type GraphNode = {
  readonly id: string;
  readonly title: string;
  readonly counts: RuleCounts | undefined;
  readonly x: number;
  readonly y: number;
};

/** That one analysis takes what another one makes. */
export type GraphEdge = { readonly from: string; readonly to: string };

/** Pixels of a node; the style sheet says the same. */
export const nodeSize = { width: 220, height: 84 } as const;

/** Analyses of more than this many rules are no picture any more: the table shows them. */
export const maxNodes = 300;

/** Of a manifest, which analyses its inputs come from; a raw input comes from none. */
const takenInputs = z.object({ inputs: z.array(z.object({ kind: z.string(), analysis: z.string().optional() })) });

/** Names of the analyses that a version takes derivatives of. */
export const sourcesOf = ({ manifest }: Pick<AnalysisVersion, "manifest">): string[] => {
  const parsed = takenInputs.safeParse(manifest);
  return parsed.success ? [...new Set(parsed.data.inputs.flatMap(({ analysis }) => analysis ?? []))] : [];
};

/** Puts the rules of a document in layers: what an analysis takes stands on its left. */
export const layOutGraph = (
  rules: PipelineSummary["rules"],
  counts: readonly RuleCounts[],
  analyses: readonly AnalysisVersion[],
): { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] } => {
  const graph = new graphlib.Graph().setGraph({ rankdir: "LR", nodesep: 24, ranksep: 64 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { rule } of rules) graph.setNode(rule, { ...nodeSize });
  const edges = rules.flatMap(({ rule, analysis, version }) => {
    const found = analyses.find((one) => one.name === analysis && one.version === version);
    const sources = found === undefined ? [] : sourcesOf(found);
    return rules
      .filter((other) => other.rule !== rule && sources.includes(other.analysis))
      .map((other): GraphEdge => ({ from: other.rule, to: rule }));
  });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const nodes = rules.map(({ rule, analysis, version }): GraphNode => {
    const { x, y } = graph.node(rule);
    const found = counts.find((one) => one.rule === rule);
    return {
      ...{ id: rule, title: `${analysis} ${version}`, counts: found },
      ...{ x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 },
    };
  });
  return { nodes, edges };
};
