/** What a state means for who looks at it, whatever it is called. */
export type Meaning = "good" | "bad" | "busy" | "waiting" | "neutral";

/** A sign beside each colour, for who cannot tell the colours apart. */
const signs: Readonly<Record<Meaning, string>> = { good: "✓", bad: "✕", busy: "↻", waiting: "◔", neutral: "–" };

/** A state in words, with a sign and a colour. */
export const StateBadge = ({ meaning, children }: { readonly meaning: Meaning; readonly children: string }) => (
  <span className={`badge badge-${meaning}`}>
    <span aria-hidden="true">{signs[meaning]}</span> {children}
  </span>
);
