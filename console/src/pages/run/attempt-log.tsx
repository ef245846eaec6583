import { type AttemptStatus, schedulerRoutes } from "@rollerblade/client";
import { useEffect, useRef, useState } from "react";
import { client } from "../../api/client.ts";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ScrollBox } from "../../parts/scroll-box.tsx";
import { linesOf } from "./log-matches.ts";

type LogProps = { readonly execution: string; readonly attempt: AttemptStatus };

/** The output of an attempt: as it comes while it runs, else what is kept of it. */
export const AttemptLog = ({ execution, attempt }: LogProps) =>
  attempt.state === "running" ? (
    <RunningLog execution={execution} number={attempt.number} />
  ) : (
    <EndedLog execution={execution} number={attempt.number} />
  );

type Numbered = { readonly execution: string; readonly number: number };

const EndedLog = ({ execution, number }: Numbered) => {
  const asked = useRoute(schedulerRoutes.showLog, { params: { id: execution, number } });
  return <Answer asked={asked}>{({ text }) => <LogText text={text} isRunning={false} />}</Answer>;
};

/** Milliseconds between two looks at what has come, so that a chatty program draws four times a second at most. */
const drawMs = 250;

const RunningLog = ({ execution, number }: Numbered) => {
  const [text, setText] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    let come = "";
    const timer = setInterval(() => setText(come), drawMs);
    const follow = async (): Promise<void> => {
      const path = schedulerRoutes.followLog.path.replace(":id", execution).replace(":number", String(number));
      const { body } = await client.raw(path, { signal: stop.signal });
      const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read())
        come += next.value;
      setText(come);
    };
    // What ends it is the end of the attempt, which an event tells, or that nobody looks any more.
    follow().catch(() => {});
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [execution, number]);
  return <LogText text={text} isRunning />;
};

const LogText = ({ text, isRunning }: { readonly text: string; readonly isRunning: boolean }) => {
  const [search, setSearch] = useState("");
  const [follows, setFollows] = useState(true);
  const box = useRef<HTMLElement>(null);
  const { lines, matches } = linesOf(text, search);
  useEffect(() => {
    const element = box.current;
    if (follows && element !== null && text !== "") element.scrollTop = element.scrollHeight;
  }, [follows, text]);
  return (
    <>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>
          Search in the log <input type="search" value={search} onChange={({ target }) => setSearch(target.value)} />
        </label>
        <label className="check">
          <input type="checkbox" checked={follows} onChange={({ target }) => setFollows(target.checked)} /> follow its
          end
        </label>
        {search !== "" && <span role="status">{matches} lines</span>}
      </form>
      <ScrollBox className="log" ref={box} label={isRunning ? "Log, as it comes" : "Log"}>
        <pre>
          {text === ""
            ? isRunning
              ? "Nothing was written yet."
              : "It wrote nothing."
            : lines.map(({ number, text: line }) => `${line}${number === lines.at(-1)?.number ? "" : "\n"}`)}
        </pre>
      </ScrollBox>
    </>
  );
};
