import { catalogRoutes } from "@rollerblade/client";
import { useQueries } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { client } from "../../api/client.ts";
import { useRoute, useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { DownloadLink } from "../../parts/download-link.tsx";
import { FieldList } from "../../parts/field-list.tsx";
import { bytes } from "../../parts/format.ts";
import { valueText } from "../../parts/value-text.ts";
import { Waiting } from "../../parts/waiting.tsx";
import { CompanionsPanel } from "./companions/companions-panel.tsx";
import type { ShownScan } from "./shown-scan.ts";

const ViewerPanel = lazy(() => import("../../viewer/viewer-panel.tsx"));

type ScanPanelProps = {
  readonly scan: ShownScan;
  /** Ids of derivatives that lie over the image. */
  readonly overlays: readonly string[];
  readonly onOverlays: (ids: readonly string[]) => void;
  readonly onClose: () => void;
};

/** What NiiVue draws as slices; other kinds of files are described, and can be downloaded. */
const isDrawn = (path: string): boolean => /\.(nii|nii\.gz|mgz|mgh)$/.test(path);

/** Overlays that may be chosen at once; more cannot be told apart. */
const maxOverlays = 4;

/** One scan: the image with overlays, its header, its metadata with their origin, and its files. */
export const ScanPanel = ({ scan, overlays, onOverlays, onClose }: ScanPanelProps) => {
  const { dataset, path, subject } = scan;
  const derived = useWholeList(catalogRoutes.listDerivatives.path, { dataset, subject }, (after) =>
    client.call(catalogRoutes.listDerivatives, { query: { dataset, subject, limit: 1_000, after } }),
  );
  const candidates = (derived.data?.items ?? []).filter(
    ({ sources, extension }) => isDrawn(extension) && sources.some((source) => source.path === path),
  );
  const chosen = candidates.filter(({ id }) => overlays.includes(id));
  return (
    <section className="panel" aria-labelledby="scan-title">
      <div className="line">
        <h2 id="scan-title" className="grow">
          {path.split("/").at(-1)}
        </h2>
        <button type="button" className="quiet" onClick={onClose}>
          Close
        </button>
      </div>
      {isDrawn(path) ? (
        <>
          {candidates.length > 0 && (
            <fieldset className="overlays">
              <legend>Overlays</legend>
              {candidates.map(({ id, path: overlay }) => (
                <label key={id} className="check">
                  <input
                    type="checkbox"
                    checked={overlays.includes(id)}
                    disabled={!overlays.includes(id) && chosen.length >= maxOverlays}
                    onChange={({ target }) =>
                      onOverlays(target.checked ? [...overlays, id] : overlays.filter((one) => one !== id))
                    }
                  />
                  {overlay.split("/").at(-1)}
                </label>
              ))}
            </fieldset>
          )}
          <Image dataset={dataset} paths={[path, ...chosen.map((one) => one.path)]} />
        </>
      ) : (
        <p>
          {["eeg", "meg", "ieeg", "nirs", "motion"].includes(scan.datatype)
            ? "A recording of channels over time: below are its channels, events and metadata."
            : "This is no image of voxels: below is what it says of itself."}{" "}
          Its files can be downloaded.
        </p>
      )}
      <div className="panels">
        <Metadata dataset={dataset} path={path} />
        <section aria-labelledby="scan-header">
          <h3 id="scan-header">Header</h3>
          {scan.image === null || scan.image === undefined ? (
            <p className="faint">No header could be read.</p>
          ) : (
            <FieldList values={Object.fromEntries(Object.entries(scan.image))} />
          )}
          <CompanionsPanel scan={scan} />
          <h3>Files</h3>
          <ul className="rows">
            {scan.files.map((file) => (
              <li key={file.path}>
                <DownloadLink dataset={dataset} path={file.path}>
                  {file.path.split("/").at(-1)}
                </DownloadLink>{" "}
                <span className="faint">
                  {file.role}, {bytes(file.size)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </section>
  );
};

/** Links expire after minutes, and what was loaded stays: they are asked for when an image is opened, and not again. */
const useLinks = (dataset: string, paths: readonly string[]) =>
  useQueries({
    queries: paths.map((path) => ({
      queryKey: ["link", dataset, path],
      queryFn: () => client.call(catalogRoutes.linkFile, { query: { dataset, path } }),
      staleTime: 240_000,
    })),
  });

const Image = ({ dataset, paths }: { readonly dataset: string; readonly paths: readonly string[] }) => {
  const links = useLinks(dataset, paths);
  const urls = links.map(({ data }) => data?.url ?? null);
  const key = urls.join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is all that they are
  const images = useMemo(
    () => paths.map((path, index) => ({ url: urls[index] ?? "", name: path.split("/").at(-1) ?? path })),
    [key, paths.join(" ")],
  );
  const [image, ...layers] = images;
  const failed = links.find(({ error }) => error !== null)?.error ?? null;
  if (image === undefined || urls.includes(null)) return <Waiting problem={failed} />;
  return (
    <Suspense fallback={<Waiting problem={null} />}>
      <ViewerPanel image={image} overlays={layers.map((layer) => ({ title: layer.name, image: layer }))} />
    </Suspense>
  );
};

const Metadata = ({ dataset, path }: { readonly dataset: string; readonly path: string }) => {
  const asked = useRoute(catalogRoutes.explainMetadata, { query: { dataset, path } });
  return (
    <section aria-labelledby="scan-metadata">
      <h3 id="scan-metadata">Metadata</h3>
      <Answer asked={asked}>
        {({ items }) => (
          <table className="origins">
            <thead>
              <tr>
                <th scope="col">Key</th>
                <th scope="col">Value</th>
                <th scope="col">From</th>
              </tr>
            </thead>
            <tbody>
              {items.map(({ key, value, file, overridden }) => (
                <tr key={key}>
                  <th scope="row">{key}</th>
                  <td>{valueText(value)}</td>
                  <td>
                    <code>{file}</code>
                    {overridden.length > 0 && <span className="faint"> instead of {overridden.join(", ")}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Answer>
    </section>
  );
};
