import type { Result } from "@rollerblade/client";
import { Answer } from "../../parts/answer.tsx";
import { MoreButton } from "../../parts/more-button.tsx";
import { SliceLink } from "../../parts/slice-link.tsx";
import { ResultValue } from "./result-value.tsx";
import { useResults } from "./use-results.ts";

/** The results of a dataset, a card for each person, session or scan that they are about. */
export const Cards = ({ dataset }: { readonly dataset: string }) => {
  const results = useResults(dataset);
  const bySlice = Map.groupBy(results.items, ({ slice }) => JSON.stringify(slice));
  return (
    <Answer asked={results}>
      {() => (
        <>
          {results.items.length === 0 && <p className="empty">Nothing is tagged in {dataset} yet.</p>}
          <div className="panels">
            {[...bySlice].map(([key, ofSlice]) => (
              <Card key={key} results={ofSlice} />
            ))}
          </div>
          <MoreButton list={results} />
        </>
      )}
    </Answer>
  );
};

const Card = ({ results }: { readonly results: readonly Result[] }) => {
  const [first] = results;
  if (first === undefined) return null;
  return (
    <article className="panel">
      <h2>
        <SliceLink slice={first.slice} />
      </h2>
      {results
        .toSorted((a, b) => a.position - b.position)
        .map((result) => (
          <section key={result.id}>
            <h3>{result.title}</h3>
            {result.description !== null && <p className="faint">{result.description}</p>}
            <ResultValue result={result} />
          </section>
        ))}
    </article>
  );
};
