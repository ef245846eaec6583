import { boxY, dot, plot } from "@observablehq/plot";
import { useEffect, useRef, useState } from "react";
import type { MetricPoint } from "./metric-points.ts";

type PlotProps = {
  readonly points: readonly MetricPoint[];
  readonly title: string;
  readonly axis: "age" | "session" | "sex";
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (low: number, high: number) => void;
};

const height = 320;

/**
 * A metric against age, visits or groups: dots, and boxes where there are groups. Dragging over it chooses a stretch of values; with the
 * keyboard the two fields above it do the same.
 */
export const MetricPlot = ({ points, title, axis, selected, onSelect }: PlotProps) => {
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const toValue = useRef<(y: number) => number>((y) => y);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const shown = axis === "age" ? points.filter(({ age }) => age !== null) : points;
    const x = (point: MetricPoint): number | string => point[axis] ?? "unknown";
    const drawn = plot({
      ...{ width: Math.max(element.clientWidth, 320), height, marginLeft: 70 },
      ...{ x: { label: axis, ...(axis === "age" ? {} : { type: "band" as const }) }, y: { label: title, grid: true } },
      marks: [
        ...(axis === "age" ? [] : [boxY(shown, { x, y: "value", fill: "#56b4e9", fillOpacity: 0.25 })]),
        dot(shown, {
          ...{ x, y: "value", r: 4, symbol: "circle" },
          fill: (point: MetricPoint) => (selected.has(point.id) ? "#0072b2" : "none"),
          ...{ stroke: "#0072b2", title: (point: MetricPoint) => `${point.slice.subject ?? ""}: ${point.value}` },
        }),
      ],
    });
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", `${title} against ${axis}, ${shown.length} values`);
    const scale = drawn.scale("y");
    toValue.current = (y) => Number(scale?.invert?.(y) ?? y);
    element.replaceChildren(drawn);
    return () => drawn.remove();
  }, [points, title, axis, selected]);
  const yOf = (event: { readonly clientY: number; readonly currentTarget: HTMLElement }): number =>
    event.clientY - event.currentTarget.getBoundingClientRect().top;
  const end = (): void => {
    if (drag !== null && Math.abs(drag.to - drag.from) > 4) {
      const [a, b] = [toValue.current(drag.from), toValue.current(drag.to)];
      onSelect(rounded(Math.min(a, b)), rounded(Math.max(a, b)));
    }
    setDrag(null);
  };
  return (
    <div
      className="plot"
      onPointerDown={(event) => setDrag({ from: yOf(event), to: yOf(event) })}
      onPointerMove={(event) => drag !== null && setDrag({ from: drag.from, to: yOf(event) })}
      onPointerUp={end}
      onPointerLeave={() => setDrag(null)}
    >
      <div ref={box} />
      {drag !== null && (
        <div className="brush" style={{ top: Math.min(drag.from, drag.to), height: Math.abs(drag.to - drag.from) }} />
      )}
    </div>
  );
};

/** Four digits that count: more than a finger can choose. */
const rounded = (value: number): number => Number(value.toPrecision(4));
