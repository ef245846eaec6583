import { Problem } from "@rollerblade/errors";
import { isPassing } from "../api/query-client.ts";

/** What went wrong, where, and what to do next. */
export const ProblemNote = ({ problem }: { readonly problem: Error }) => {
  const passes = isPassing(problem);
  return (
    <div className={passes ? "note note-warning" : "note note-error"} role={passes ? "status" : "alert"}>
      <p>
        <strong>{passes ? "◔ " : "✕ "}</strong>
        {problem instanceof TypeError ? "The server does not answer." : problem.message}
      </p>
      {problem instanceof Problem && problem.findings.length > 0 && (
        <ul>
          {problem.findings.slice(0, 20).map(({ where, message }) => (
            <li key={`${where} ${message}`}>
              <strong>{where}</strong>: {message}
            </li>
          ))}
        </ul>
      )}
      {passes ? (
        <p>It is tried again every two seconds; this page goes on by itself.</p>
      ) : (
        problem instanceof Problem && problem.next !== undefined && <p>{problem.next}</p>
      )}
    </div>
  );
};
