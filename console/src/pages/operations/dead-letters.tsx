import { type DeadLetterGroup, gatewayRoutes } from "@rollerblade/client";
import { useState } from "react";
import { useChange, useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { ConfirmButton } from "../../parts/confirm-button.tsx";
import { moment, plural } from "../../parts/format.ts";
import { ProblemNote } from "../../parts/problem-note.tsx";
import { ScrollBox } from "../../parts/scroll-box.tsx";

const changes = ["/v1/dead-letters", "/v1/status"] as const;

/** Events that consumers gave up, by cause: to look at, to try again once the cause is fixed, or to discard. */
export const DeadLetters = () => {
  const asked = useRoute(gatewayRoutes.groupDeadLetters, {});
  return (
    <section className="panel" aria-labelledby="operations-letters">
      <h2 id="operations-letters">Dead letters</h2>
      <Answer asked={asked}>
        {({ items, more }) =>
          items.length === 0 ? (
            <p>✓ Every event was handled.</p>
          ) : (
            <>
              <ul className="rows">
                {items.map((group) => (
                  <Group key={group.newest} group={group} />
                ))}
              </ul>
              {more && <p className="faint">There are more than were looked at.</p>}
            </>
          )
        }
      </Answer>
    </section>
  );
};

const Group = ({ group }: { readonly group: DeadLetterGroup }) => {
  const [isOpen, setOpen] = useState(false);
  const [why, setWhy] = useState("");
  const replay = useChange(gatewayRoutes.replayDeadLetters, changes);
  const discard = useChange(gatewayRoutes.discardDeadLetters, changes);
  const { durable, topic, reason, count, newest, from, to } = group;
  const problem = replay.error ?? discard.error;
  return (
    <li>
      <p>
        <strong>✕ {plural(count, "event")}</strong> {topic === null ? "" : `of ${topic} `}given up by {durable}:{" "}
        {reason}
        <br />
        <span className="faint">
          {moment(from)}
          {count === 1 ? "" : ` to ${moment(to)}`}
        </span>
      </p>
      <div className="actions">
        <button type="button" className="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Look at the newest
        </button>
        <ConfirmButton
          title={count === 1 ? "Replay it" : "Replay them"}
          question={`${plural(count, "event")} will be given to ${durable} again.`}
          isDisabled={replay.isPending}
          onConfirm={() => replay.mutate({ body: { like: newest } })}
        />
        <label>
          Reason to discard <input value={why} maxLength={500} onChange={({ target }) => setWhy(target.value)} />
        </label>
        <ConfirmButton
          title={count === 1 ? "Discard it" : "Discard them"}
          question={`Nobody will handle ${count === 1 ? "this event" : `these ${count} events`} any more.`}
          isDisabled={discard.isPending || why.trim() === ""}
          onConfirm={() => discard.mutate({ body: { like: newest, reason: why.trim() } })}
        />
      </div>
      {problem !== null && <ProblemNote problem={problem} />}
      {isOpen && <Letter id={newest} />}
    </li>
  );
};

const Letter = ({ id }: { readonly id: string }) => {
  const asked = useRoute(gatewayRoutes.showDeadLetter, { params: { id } });
  return (
    <Answer asked={asked}>
      {({ body, ...letter }) => (
        <ScrollBox label="Dead letter">
          <pre>
            {JSON.stringify(letter, null, 2)}
            {"\n"}
            {body === null ? "The body lies in the stream only." : textOf(body)}
          </pre>
        </ScrollBox>
      )}
    </Answer>
  );
};

/** The letters in a body of Protocol Buffers, by which a person recognises what it is about. */
const textOf = (base64: string): string => atob(base64).replace(/[^\x20-\x7e]+/g, " ");
