import { gatewayRoutes, type SearchHit } from "@rollerblade/client";
import { useDeferredValue, useState } from "react";
import { Dialog, Modal, ModalOverlay } from "react-aria-components";
import { useNavigate } from "react-router";
import { useRoute } from "../api/use-route.ts";
import { analysisAddress, datasetAddress, scanAddress, subjectAddress } from "../parts/addresses.ts";

/** Something that was found, and where it is shown. */
type Hit = { readonly kind: string; readonly name: string; readonly to: string };

/** How many hits of each kind are shown. */
const maxHits = 6;

/** Finds datasets, their people and scans, analyses, runs and pipeline documents by what they are called. */
const SearchDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const hits = useHits(useDeferredValue(text.trim()));
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
            autoFocus
            type="search"
            role="combobox"
            aria-label="Search datasets, subjects, scans, analyses, runs and pipelines"
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
                key={`${hit.kind} ${hit.to}`}
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
  const found = useRoute(
    gatewayRoutes.search,
    { query: { text, limit: maxHits } },
    { enabled: text !== "", keep: true },
  );
  return text === "" ? [] : (found.data?.items ?? []).map(hitOf);
};

const hitOf = ({ kind, title, detail, dataset, id }: SearchHit): Hit => ({
  kind,
  name: detail === "" ? title : `${title} – ${detail}`,
  to: addressOf(kind, dataset ?? "", id),
});

/** Where something that was found is shown. */
const addressOf = (kind: SearchHit["kind"], dataset: string, id: string): string => {
  switch (kind) {
    case "dataset":
      return datasetAddress(id);
    case "subject":
      return subjectAddress(dataset, id);
    case "scan":
      return scanAddress(dataset, id);
    case "analysis":
      return analysisAddress(id);
    case "run":
      return `/runs/${encodeURIComponent(id)}`;
    case "pipeline":
      return `/pipelines/${encodeURIComponent(id)}`;
  }
};

export default SearchDialog;
