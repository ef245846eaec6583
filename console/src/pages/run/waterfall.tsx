import { durationText } from "./progress-rate.ts";
import type { SliceSpan } from "./slice-spans.ts";

/** Where a slice's time went, one row a stretch, each at its place in time. */
export const Waterfall = ({ spans }: { readonly spans: readonly SliceSpan[] }) => {
  const [first] = spans;
  if (first === undefined) return null;
  const whole = Math.max(1, Math.max(...spans.map(({ to }) => to)) - first.from);
  return (
    <table className="waterfall">
      <caption>Where its time went: {durationText(whole / 1000)} in all</caption>
      <tbody>
        {spans.map(({ name, from, to, attempt }) => (
          <tr key={`${name} ${from}`}>
            <th scope="row">{name}</th>
            <td className="waterfall-cell">
              <span
                className={attempt === null ? "waterfall-bar" : "waterfall-bar waterfall-attempt"}
                style={{
                  marginLeft: `${((from - first.from) / whole) * 100}%`,
                  width: `${((to - from) / whole) * 100}%`,
                }}
              />
            </td>
            <td className="number">{shortDuration(to - from)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

/** A duration of any size. @example shortDuration(340) // "340 ms" */
const shortDuration = (milliseconds: number): string => {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : durationText(milliseconds / 1000);
};
