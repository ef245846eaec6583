import "@xyflow/react/dist/style.css";
import { type PipelineSummary, type RuleCounts, schedulerRoutes } from "@rollerblade/client";
import { Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";
import { client } from "../../api/client.ts";
import { useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { count } from "../../parts/format.ts";
import { layOutGraph, maxNodes, nodeSize } from "./graph-layout.ts";

type GraphProps = { readonly rules: PipelineSummary["rules"]; readonly counts: readonly RuleCounts[] };

/** The analyses of a document, never its slices, with how many slices of each are where. */
const Graph = ({ rules, counts }: GraphProps) => {
  const asked = useWholeList(
    schedulerRoutes.listAnalyses.path,
    {},
    (after) => client.call(schedulerRoutes.listAnalyses, { query: { limit: 1_000, after } }),
    { enabled: rules.length <= maxNodes },
  );
  if (rules.length > maxNodes) return <p>{rules.length} rules are too many for a picture; the table below has them.</p>;
  if (rules.length === 0) return null;
  return <Answer asked={asked}>{({ items }) => <Picture rules={rules} counts={counts} analyses={items} />}</Answer>;
};

type RuleNode = Node<{ readonly title: string; readonly counts: RuleCounts | undefined }>;

const RuleBox = ({ id, data: { title, counts } }: NodeProps<RuleNode>) => {
  const done = counts === undefined ? 0 : counts.ran + counts.cached + counts.inPlace;
  return (
    <div className="graph-node" style={nodeSize}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <strong>{id}</strong>
      <span className="faint">{title}</span>
      {counts !== undefined && (
        <span>
          ✓ {count(done)} ◔ {count(counts.asked + counts.waiting)}
          {counts.failed > 0 ? ` ✕ ${count(counts.failed)}` : ""}
        </span>
      )}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
};

const nodeTypes = { rule: RuleBox };

const Picture = ({
  rules,
  counts,
  analyses,
}: GraphProps & { readonly analyses: Parameters<typeof layOutGraph>[2] }) => {
  const { nodes, edges } = useMemo(() => layOutGraph(rules, counts, analyses), [rules, counts, analyses]);
  const height = Math.max(...nodes.map(({ y }) => y)) + nodeSize.height + 80;
  return (
    <section aria-label="Graph of the analyses" className="graph" style={{ height: Math.min(height, 480) }}>
      <ReactFlow
        nodeTypes={nodeTypes}
        nodes={nodes.map(({ id, x, y, title, counts: of }): RuleNode => {
          const size = { width: nodeSize.width, height: nodeSize.height };
          return { id, type: "rule", position: { x, y }, data: { title, counts: of }, ...size, focusable: false };
        })}
        edges={edges.map(({ from, to }) => ({ id: `${from} ${to}`, source: from, target: to, focusable: false }))}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        fitView
        proOptions={{ hideAttribution: true }}
      />
    </section>
  );
};

export default Graph;
