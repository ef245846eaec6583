import { catalogRoutes } from "@rollerblade/client";
import { useQuery } from "@tanstack/react-query";
import { client } from "../../../api/client.ts";
import { Answer } from "../../../parts/answer.tsx";
import { Bars } from "../../../parts/bars.tsx";
import { plural } from "../../../parts/format.ts";
import type { ShownScan } from "../shown-scan.ts";
import { readGradients, shellsOf } from "./gradients.ts";
import { column, countsOf, readTable } from "./table.ts";

/** Bytes of a companion that is read to be shown; larger ones can be downloaded. */
const maxBytes = 4_000_000;

/** The text of one file; what does not change is read once. */
const useText = (dataset: string, path: string) =>
  useQuery({
    queryKey: ["text", dataset, path],
    queryFn: async () =>
      (await client.raw(`${catalogRoutes.readFile.path}?${new URLSearchParams({ dataset, path })}`)).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What lies beside a scan and says what it is: the directions of diffusion, the channels of MEG and EEG, and the events. */
export const CompanionsPanel = ({ scan: { dataset, files } }: { readonly scan: ShownScan }) => {
  const small = files.filter(({ size }) => size <= maxBytes).map(({ path }) => path);
  const ending = (end: string): string | undefined => small.find((path) => path.endsWith(end));
  const [strengths, directions] = [ending(".bval"), ending(".bvec")];
  const [channels, events] = [ending("_channels.tsv"), ending("_events.tsv")];
  return (
    <>
      {strengths !== undefined && directions !== undefined && (
        <Gradients dataset={dataset} strengths={strengths} directions={directions} />
      )}
      {channels !== undefined && <Channels dataset={dataset} path={channels} />}
      {events !== undefined && <Events dataset={dataset} path={events} />}
    </>
  );
};

type GradientsProps = { readonly dataset: string; readonly strengths: string; readonly directions: string };

const Gradients = ({ dataset, strengths, directions }: GradientsProps) => {
  const [bval, bvec] = [useText(dataset, strengths), useText(dataset, directions)];
  return (
    <section aria-label="Diffusion directions">
      <Answer asked={bval}>
        {(values) => {
          const gradients = readGradients(values, bvec.data ?? "");
          const strongest = Math.max(1, ...gradients.map(({ strength }) => strength));
          return (
            <>
              <Bars
                caption={`${plural(gradients.length, "volume")} by b-value (s/mm²)`}
                bars={shellsOf(gradients).map(({ strength, directions: many }) => ({
                  label: `b = ${strength}`,
                  value: many,
                }))}
              />
              <svg viewBox="-1.1 -1.1 2.2 2.2" className="directions" role="img" aria-label="Directions, seen along z">
                <circle r={1} className="directions-edge" />
                {gradients.map(({ strength, x, y, z }, at) => (
                  <circle
                    // biome-ignore lint/suspicious/noArrayIndexKey: a volume is known by its place
                    key={at}
                    cx={x * (strength / strongest)}
                    cy={-y * (strength / strongest)}
                    r={0.035}
                    className={z < 0 ? "direction-below" : "direction-above"}
                  />
                ))}
              </svg>
            </>
          );
        }}
      </Answer>
    </section>
  );
};

type TextProps = { readonly dataset: string; readonly path: string };

const Channels = ({ dataset, path }: TextProps) => {
  const asked = useText(dataset, path);
  return (
    <section aria-label="Channels">
      <Answer asked={asked}>
        {(text) => {
          const table = readTable(text);
          const names = column(table, "name");
          const bad = column(table, "status").flatMap((status, at) => (status === "bad" ? (names[at] ?? []) : []));
          return (
            <>
              <Bars
                caption={`${plural(names.length, "channel")} by type`}
                bars={countsOf(column(table, "type")).map(([label, value]) => ({ label, value }))}
              />
              <p>{bad.length === 0 ? "No channel is marked as bad." : `Marked as bad: ${bad.join(", ")}.`}</p>
            </>
          );
        }}
      </Answer>
    </section>
  );
};

/** Events that are drawn; more of them are a solid bar. */
const maxEvents = 2_000;

const Events = ({ dataset, path }: TextProps) => {
  const asked = useText(dataset, path);
  return (
    <section aria-label="Events">
      <Answer asked={asked}>
        {(text) => {
          const table = readTable(text);
          const onsets = column(table, "onset").map(Number).filter(Number.isFinite);
          const last = Math.max(1, ...onsets);
          return (
            <>
              <Bars
                caption={`${plural(onsets.length, "event")} by type`}
                bars={countsOf(column(table, "trial_type")).map(([label, value]) => ({ label, value }))}
              />
              <svg
                viewBox="0 0 300 20"
                preserveAspectRatio="none"
                className="events-line"
                role="img"
                aria-label={`When they happened, over ${last.toFixed(0)} seconds`}
              >
                {onsets.slice(0, maxEvents).map((onset, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two events may happen at once
                  <line key={at} x1={(onset / last) * 300} x2={(onset / last) * 300} y1={0} y2={20} />
                ))}
              </svg>
            </>
          );
        }}
      </Answer>
    </section>
  );
};
