import { Answer } from "../../parts/answer.tsx";
import { MoreButton } from "../../parts/more-button.tsx";
import { SliceLink } from "../../parts/slice-link.tsx";
import { useAddressState } from "../../parts/use-address-state.ts";
import { ResultValue } from "./result-value.tsx";
import { useResults } from "./use-results.ts";

const defaults = { tag: "" } as const;

/** All pictures of one tag side by side, so that the odd one is seen. */
export const ContactSheet = ({ dataset }: { readonly dataset: string }) => {
  const [{ tag }, change] = useAddressState(defaults);
  const results = useResults(dataset);
  const images = results.items.filter(({ kind }) => kind === "image" || kind === "chart");
  const tags = [...new Map(images.map((result) => [result.tag, result.title]))];
  const chosen = tag === "" ? tags[0]?.[0] : tag;
  return (
    <Answer asked={results}>
      {() =>
        tags.length === 0 ? (
          <p className="empty">No tag of {dataset} shows pictures.</p>
        ) : (
          <>
            <label>
              Picture{" "}
              <select value={chosen} onChange={({ target }) => change({ tag: target.value })}>
                {tags.map(([name, title]) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
            <ul className="sheet">
              {images
                .filter((result) => result.tag === chosen)
                .map((result) => (
                  <li key={result.id}>
                    <ResultValue result={result} />
                    <SliceLink slice={result.slice} />
                  </li>
                ))}
            </ul>
            <MoreButton list={results} />
          </>
        )
      }
    </Answer>
  );
};
