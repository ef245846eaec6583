import { catalogRoutes, schedulerRoutes } from "@rollerblade/client";
import { useDeferredValue, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useNavigate } from "react-router";
import { useRoute } from "../api/use-route.ts";

/** Something that was found, and where it is shown. */
type Hit = { readonly kind: string; readonly name: string; readonly to: string };

/** How many hits are shown. */
const maxHits = 12;

/** Finds datasets, analyses, saved queries and runs by what they are called. */
const SearchDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const hits = useHits(useDeferredValue(text.trim().toLowerCase()));
  const current = Math.min(chosen, hits.length - 1);
  const go = (hit: Hit | undefined): void => {
    if (hit === undefined) return;
    onClose();
    navigate(hit.to);
  };
  const onKey = (key: string): boolean => {
    if (key === "ArrowDown") setChosen(Math.min(current + 1, hits.length - 1));
    else if (key === "ArrowUp") setChosen(Math.max(current - 1, 0));
    else if (key === "Enter") go(hits[current]);
    else return false;
    return true;
  };
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className="modal">
        <Dialog aria-label="Search" className="search">
          <input
            // biome-ignore lint/a11y/noAutofocus: a dialog that is opened to type into begins there
            autoFocus
            type="search"
            role="combobox"
            aria-label="Search datasets, analyses, queries and runs"
            aria-expanded={hits.length > 0}
            aria-controls="search-hits"
            aria-activedescendant={hits.length > 0 ? `search-hit-${current}` : undefined}
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              setChosen(0);
            }}
            onKeyDown={(event) => {
              if (onKey(event.key)) event.preventDefault();
            }}
          />
          <div id="search-hits" role="listbox" aria-label="Found">
            {hits.map((hit, index) => (
              <div
                key={hit.to}
                id={`search-hit-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === current}
                onPointerDown={() => go(hit)}
              >
                <span className="kind">{hit.kind}</span> {hit.name}
              </div>
            ))}
          </div>
          {text !== "" && hits.length === 0 && <p role="status">Nothing is called like this.</p>}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
};

const useHits = (text: string): readonly Hit[] => {
  const datasets = useRoute(catalogRoutes.listDatasets, { query: { limit: 1_000 } });
  const analyses = useRoute(schedulerRoutes.listAnalyses, { query: { limit: 1_000 } });
  const queries = useRoute(catalogRoutes.listSavedQueries, { query: { limit: 1_000 } });
  const isPrefix = /^[0-9a-f-]{1,36}$/.test(text);
  const runs = useRoute(
    schedulerRoutes.listRuns,
    { query: { limit: maxHits, ...(isPrefix ? { prefix: text } : {}) } },
    { enabled: isPrefix, keep: true },
  );
  if (text === "") return [];
  const names = (items: readonly { readonly name: string }[] | undefined): string[] => [
    ...new Set(items?.map(({ name }) => name)),
  ];
  const all: Hit[] = [
    ...names(datasets.data?.items).map((name) => ({ kind: "dataset", name, to: `/datasets/${name}` })),
    ...names(analyses.data?.items).map((name) => ({ kind: "analysis", name, to: `/analyses/${name}` })),
    ...names(queries.data?.items).map((name) => ({ kind: "query", name, to: `/query?saved=${name}` })),
    ...(isPrefix ? (runs.data?.items ?? []) : []).map(({ id, analysis }) => ({
      kind: "run",
      name: `${analysis} ${id}`,
      to: `/runs/${id}`,
    })),
  ];
  return all.filter(({ kind, name }) => kind === "run" || name.toLowerCase().includes(text)).slice(0, maxHits);
};

export default SearchDialog;
