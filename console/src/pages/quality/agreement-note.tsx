import type { Verdict } from "@rollerblade/client";
import { agreement, type Verdicts } from "./ratings.ts";

/** How much each two raters agree on the images of one kind. */
export const AgreementNote = ({ ratings }: { readonly ratings: readonly Verdicts[] }) => {
  const raters = [...new Set(ratings.flatMap((one) => [...one.keys()]))].sort();
  const pairs = raters.flatMap((first, at) => raters.slice(at + 1).map((second) => [first, second] as const));
  if (pairs.length === 0) return null;
  return (
    <ul className="rows" aria-label="Agreement of raters">
      {pairs.map(([first, second]) => {
        const both = ratings.flatMap((one): (readonly [Verdict, Verdict])[] => {
          const [a, b] = [one.get(first), one.get(second)];
          return a === undefined || b === undefined ? [] : [[a, b]];
        });
        const { scans: count, kappa } = agreement(both);
        return (
          <li key={`${first} ${second}`}>
            {first} and {second}: {count} rated by both, Cohen's κ {kappa === null ? "not defined" : kappa.toFixed(2)}
          </li>
        );
      })}
    </ul>
  );
};
