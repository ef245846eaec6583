import { catalogRoutes, type Rating, ratingRoutes, type Verdict } from "@rollerblade/client";
import { type KeyboardEvent, useMemo, useState } from "react";
import { client } from "../../api/client.ts";
import { useChange, useList, useWholeList } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { MoreButton } from "../../parts/more-button.tsx";
import { Picture } from "../../parts/picture.tsx";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { AgreementNote } from "./agreement-note.tsx";
import { type Verdicts, verdictsByKey, verdictsByPath } from "./ratings.ts";

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
const keys: Readonly<Record<string, Verdict>> = Object.fromEntries(
  verdictsByKey.map((verdict, index) => [index + 1, verdict]),
);

/** What somebody thought of an image before they rated it here; null where nothing. */
type Change = { readonly path: string; readonly before: Verdict | null };

/** Of an image that nobody has rated. */
const unrated: Verdicts = new Map();

/** The scans of one kind with their pictures and ratings. Keys: arrows choose, 1 2 3 rate, u takes the last rating back. */
export const Board = ({ dataset, suffix, only, rater }: BoardProps) => {
  const [at, setAt] = useState(0);
  const [given, setGiven] = useState<ReadonlyMap<string, Verdict | null>>(new Map());
  const [done, setDone] = useState<readonly Change[]>([]);
  const query = { dataset, limit: pageSize, ...(suffix === "" ? {} : { suffix }) };
  const scans = useList(catalogRoutes.listScans.path, query, (after) =>
    client.call(catalogRoutes.listScans, { query: { ...query, after } }),
  );
  const asked = useWholeList<Rating>(ratingRoutes.listRatings.path, { dataset, suffix }, (after) =>
    client.call(ratingRoutes.listRatings, {
      params: { dataset },
      query: { limit: 1_000, after, ...(suffix === "" ? {} : { suffix }) },
    }),
  );
  const ratings = useMemo(() => verdictsByPath(asked.data?.items ?? []), [asked.data]);
  const giving = useChange(ratingRoutes.rate, [ratingRoutes.listRatings.path]);
  const withdrawing = useChange(ratingRoutes.withdrawRating, [ratingRoutes.listRatings.path]);
  const own = (path: string): Verdict | undefined => {
    const known = given.get(path);
    return known === undefined ? ratings.get(path)?.get(rater) : (known ?? undefined);
  };
  const shown = scans.items.filter(({ path }) => {
    if (only === "unrated") return own(path) === undefined || given.has(path);
    return only !== "doubtful" || [...(ratings.get(path) ?? unrated).values()].some((verdict) => verdict !== "pass");
  });
  /** Shows a verdict at once, and what it was before where the server refuses it. */
  const set = (path: string, verdict: Verdict | null, onSuccess: () => void): void => {
    const before = given.get(path);
    setGiven(new Map(given).set(path, verdict));
    const onError = (): void =>
      setGiven((known) => {
        const others = [...known].filter(([one]) => one !== path);
        return new Map(before === undefined ? others : [...others, [path, before]]);
      });
    const params = { dataset };
    if (verdict === null) withdrawing.mutate({ params, query: { path } }, { onSuccess, onError });
    else giving.mutate({ params, body: { path, verdict } }, { onSuccess, onError });
  };
  const rate = (path: string, verdict: Verdict): void => {
    const before = own(path) ?? null;
    set(path, verdict, () => setDone((known) => [...known, { path, before }]));
  };
  const takeBack = (): void => {
    const last = done.at(-1);
    if (last === undefined) return;
    setDone(done.slice(0, -1));
    set(last.path, last.before, () => undefined);
  };
  const onKey = (event: KeyboardEvent): void => {
    const current = shown[at];
    const verdict = keys[event.key];
    if (verdict !== undefined && current !== undefined) {
      rate(current.path, verdict);
      setAt(Math.min(at + 1, shown.length - 1));
    } else if (event.key === "ArrowRight") setAt(Math.min(at + 1, shown.length - 1));
    else if (event.key === "ArrowLeft") setAt(Math.max(at - 1, 0));
    else if (event.key === "u") takeBack();
    else return;
    event.preventDefault();
  };
  const problem = giving.error ?? withdrawing.error;
  return (
    <Answer asked={scans}>
      {() => (
        <>
          <p className="faint">
            In the board: <kbd>←</kbd> <kbd>→</kbd> choose, <kbd>1</kbd> pass, <kbd>2</kbd> unsure, <kbd>3</kbd> fail,{" "}
            <kbd>u</kbd> takes the last rating back.
          </p>
          <AgreementNote ratings={[...ratings.values()]} />
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
                  own={own(scan.path)}
                  verdicts={ratings.get(scan.path) ?? unrated}
                  isChosen={index === at}
                  onChoose={() => setAt(index)}
                  onRate={(verdict) => rate(scan.path, verdict)}
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
  readonly scan: { readonly dataset: string; readonly path: string };
  readonly own: Verdict | undefined;
  /** Those of everybody. */
  readonly verdicts: Verdicts;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onRate: (verdict: Verdict) => void;
};

const Card = ({ scan, own, verdicts, isChosen, onChoose, onRate }: CardProps) => {
  const name = scan.path.slice(scan.path.lastIndexOf("/") + 1).replace(/\.nii(\.gz)?$/, "");
  return (
    <li className={isChosen ? "chosen" : undefined} onFocus={onChoose} onPointerDown={onChoose}>
      <Picture dataset={scan.dataset} path={scan.path} />
      <span>{name}</span>
      <fieldset>
        <legend className="hidden">Your rating of {name}</legend>
        {verdictsByKey.map((verdict) => (
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
        {[...verdicts].map(([rater, verdict]) => (
          <StateBadge key={rater} meaning={meanings[verdict]}>{`${rater}: ${verdict}`}</StateBadge>
        ))}
      </span>
    </li>
  );
};
