import type { LiveState } from "../api/live-events.ts";

const titles: Readonly<Record<LiveState, string>> = {
  connecting: "Connecting …",
  live: "Live",
  away: "The server does not answer; trying again",
};

/** Says whether what is shown follows what happens. */
export const LiveSign = ({ state }: { readonly state: LiveState }) => (
  <span className={`live live-${state}`} role="status">
    <span aria-hidden="true">{state === "live" ? "●" : "○"}</span> {titles[state]}
  </span>
);
