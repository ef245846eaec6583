/** Arrows between things by name: files, folders, packages. */
export type Arrows = ReadonlyMap<string, Iterable<string>>;

/**
 * Finds the circles of a graph: its strongly connected components of more than one node, each sorted (Tarjan, 1972). A node that points at
 * itself is none.
 */
export const findCircles = (arrows: Arrows): readonly (readonly string[])[] => {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const circles: string[][] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    lowest.set(node, order.size - 1);
    stack.push(node);
    onStack.add(node);
    for (const next of arrows.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (onStack.has(next)) lowest.set(node, Math.min(lowest.get(node) ?? 0, lowest.get(next) ?? 0));
    }
    if (lowest.get(node) !== order.get(node)) return;
    const component = stack.splice(stack.indexOf(node));
    for (const one of component) onStack.delete(one);
    if (component.length > 1) circles.push(component.sort());
  };
  for (const node of arrows.keys()) if (!order.has(node)) visit(node);
  return circles.sort((one, other) => (one[0] ?? "").localeCompare(other[0] ?? ""));
};
