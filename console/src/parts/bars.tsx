import { Link } from "react-router";
import type { Bar } from "./bar.ts";
import { count } from "./format.ts";

/** Counts as bars, largest as wide as there is room; each is a row of a table for whoever does not see them. */
export const Bars = ({ caption, bars }: { readonly caption: string; readonly bars: readonly Bar[] }) => {
  const largest = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <table className="bars">
      <caption>{caption}</caption>
      <tbody>
        {bars.map(({ label, value, to }) => (
          <tr key={label}>
            <th scope="row">{to === undefined ? label : <Link to={to}>{label}</Link>}</th>
            <td className="bar-cell">
              <span className="bar-fill" style={{ width: `${(value / largest) * 100}%` }} />
            </td>
            <td className="number">{count(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
