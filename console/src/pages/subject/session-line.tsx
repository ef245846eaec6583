import type { ShownScan } from "./shown-scan.ts";

type SessionLineProps = {
  readonly scans: readonly ShownScan[];
  /** The session that is looked at; empty for all. */
  readonly session: string;
  readonly onChoose: (session: string) => void;
};

/** One session, with what orders it in time. */
type Session = { readonly label: string; readonly when: string; readonly scans: number };

/** The sessions of a subject in the order of their time, where it is known, else of their names. */
export const SessionLine = ({ scans, session, onChoose }: SessionLineProps) => {
  const sessions = sessionsOf(scans);
  if (sessions.length === 0) return null;
  return (
    <nav aria-label="Sessions" className="sessions">
      <ol>
        <li>
          <button type="button" className="quiet" aria-pressed={session === ""} onClick={() => onChoose("")}>
            All
          </button>
        </li>
        {sessions.map(({ label, when, scans: count }) => (
          <li key={label}>
            <button type="button" className="quiet" aria-pressed={session === label} onClick={() => onChoose(label)}>
              ses-{label}
              <span className="faint">
                {when === "" ? "" : ` ${when}`} ({count})
              </span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
};

const sessionsOf = (scans: readonly ShownScan[]): Session[] => {
  const found = new Map<string, Session>();
  for (const { session, sessionAttributes } of scans) {
    if (session === null) continue;
    const { acq_time: time, age } = sessionAttributes;
    const when = typeof time === "string" ? time : typeof age === "number" ? `at ${age}` : "";
    found.set(session, { label: session, when, scans: (found.get(session)?.scans ?? 0) + 1 });
  }
  return [...found.values()].toSorted((a, b) => a.when.localeCompare(b.when) || a.label.localeCompare(b.label));
};
