import { catalogRoutes, correctionRoutes } from "@rollerblade/client";
import { type KeyboardEvent, useState } from "react";
import { client } from "../../api/client.ts";
import { useChange, useList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { MoreButton } from "../../parts/more-button.tsx";
import { Picture } from "../../parts/picture.tsx";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { AgreementNote } from "./agreement-note.tsx";
import { type RatedScan, ratingColumn, ratingsOf, type Verdict, verdicts } from "./ratings.ts";

type BoardProps = {
  readonly dataset: string;
  readonly suffix: string;
  readonly only: string;
  readonly rater: string;
};

/** Scans of one page; their pictures are read as they come into view. */
const pageSize = 200;

const meanings = { pass: "good", unsure: "waiting", fail: "bad" } as const;

/** What a key does: the first three rate what is chosen. */
const keys: Readonly<Record<string, Verdict>> = { 1: "pass", 2: "unsure", 3: "fail" };

/** The scans of one kind with their pictures and ratings. Keys: arrows choose, 1 2 3 rate, u takes the last rating back. */
export const Board = ({ dataset, suffix, only, rater }: BoardProps) => {
  const [at, setAt] = useState(0);
  const [given, setGiven] = useState<ReadonlyMap<string, Verdict | null>>(new Map());
  const [done, setDone] = useState<readonly { readonly path: string; readonly corrections: readonly string[] }[]>([]);
  const query = { dataset, limit: pageSize, ...(suffix === "" ? {} : { suffix }) };
  const scans = useList(catalogRoutes.listScans.path, query, (after) =>
    client.call(catalogRoutes.listScans, { query: { ...query, after } }),
  );
  const correct = useChange(correctionRoutes.correct, []);
  const undo = useChange(correctionRoutes.undoCorrection, []);
  const me = ratingColumn({ path: "" }, rater).slice(ratingColumn({ path: "" }, "").length);
  const own = (scan: RatedScan): Verdict | undefined => {
    const known = given.get(scan.path);
    return known === undefined ? ratingsOf(scan).get(me) : (known ?? undefined);
  };
  const shown = scans.items.filter((scan) => {
    if (only === "unrated") return own(scan) === undefined || given.has(scan.path);
    return only !== "doubtful" || [...ratingsOf(scan).values()].some((verdict) => verdict !== "pass");
  });
  const rate = (scan: RatedScan, verdict: Verdict): void => {
    const { path, subject, session } = scan;
    setGiven(new Map(given).set(path, verdict));
    const person = { subject, ...(session === null ? {} : { session }) };
    const values = { [ratingColumn(scan, rater)]: verdict };
    correct.mutate(
      { params: { dataset }, body: { ...person, values, addColumns: true, reason: "quality control" } },
      {
        onSuccess: ({ items }) => setDone((known) => [...known, { path, corrections: items.map(({ id }) => id) }]),
        onError: () => setGiven((known) => new Map([...known].filter(([one]) => one !== path))),
      },
    );
  };
  const takeBack = (): void => {
    const last = done.at(-1);
    if (last === undefined) return;
    setDone(done.slice(0, -1));
    setGiven(new Map(given).set(last.path, null));
    for (const correction of last.corrections) undo.mutate({ params: { dataset, correction } });
  };
  const onKey = (event: KeyboardEvent): void => {
    const current = shown[at];
    const verdict = keys[event.key];
    if (verdict !== undefined && current !== undefined) {
      rate(current, verdict);
      setAt(Math.min(at + 1, shown.length - 1));
    } else if (event.key === "ArrowRight") setAt(Math.min(at + 1, shown.length - 1));
    else if (event.key === "ArrowLeft") setAt(Math.max(at - 1, 0));
    else if (event.key === "u") takeBack();
    else return;
    event.preventDefault();
  };
  const problem = correct.error ?? undo.error;
  return (
    <Answer asked={scans}>
      {() => (
        <>
          <p className="faint">
            In the board: <kbd>←</kbd> <kbd>→</kbd> choose, <kbd>1</kbd> pass, <kbd>2</kbd> unsure, <kbd>3</kbd> fail,{" "}
            <kbd>u</kbd> takes the last rating back.
          </p>
          <AgreementNote scans={scans.items} />
          {problem !== null && <ProblemNote problem={problem} />}
          <button type="button" className="quiet" disabled={done.length === 0} onClick={takeBack}>
            Undo the last rating
          </button>
          {shown.length === 0 ? (
            <p className="empty">No scan is like this.</p>
          ) : (
            <ul className="sheet board" aria-label="Board" onKeyDown={onKey}>
              {shown.map((scan, index) => (
                <Card
                  key={scan.path}
                  scan={scan}
                  own={own(scan)}
                  isChosen={index === at}
                  onChoose={() => setAt(index)}
                  onRate={(verdict) => rate(scan, verdict)}
                />
              ))}
            </ul>
          )}
          <MoreButton list={scans} />
        </>
      )}
    </Answer>
  );
};

type CardProps = {
  readonly scan: RatedScan;
  readonly own: Verdict | undefined;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onRate: (verdict: Verdict) => void;
};

const Card = ({ scan, own, isChosen, onChoose, onRate }: CardProps) => {
  const name = scan.path.slice(scan.path.lastIndexOf("/") + 1).replace(/\.nii(\.gz)?$/, "");
  const others = [...ratingsOf(scan)];
  return (
    <li className={isChosen ? "chosen" : undefined} onFocus={onChoose} onPointerDown={onChoose}>
      <Picture dataset={scan.dataset} path={scan.path} />
      <span>{name}</span>
      <fieldset>
        <legend className="hidden">Your rating of {name}</legend>
        {verdicts.map((verdict) => (
          <button
            key={verdict}
            type="button"
            className={verdict === own ? undefined : "quiet"}
            aria-pressed={verdict === own}
            onClick={() => onRate(verdict)}
          >
            {verdict}
          </button>
        ))}
      </fieldset>
      <span>
        {others.map(([rater, verdict]) => (
          <StateBadge key={rater} meaning={meanings[verdict]}>{`${rater}: ${verdict}`}</StateBadge>
        ))}
      </span>
    </li>
  );
};
