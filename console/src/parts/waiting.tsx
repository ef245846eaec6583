import { ProblemNote } from "./problem-note.tsx";

/** Stands where something will be shown; what is in the way of it is said, and tried again. */
export const Waiting = ({ problem }: { readonly problem: Error | null }) => (
  <div className="waiting">
    {problem === null ? (
      <p role="status" aria-live="polite">
        Loading …
      </p>
    ) : (
      <ProblemNote problem={problem} />
    )}
  </div>
);
