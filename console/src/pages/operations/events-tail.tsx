import type { LiveEvent } from "@rollerblade/client";
import { useEffect, useState } from "react";
import { listenToEvents } from "../../api/event-listeners.ts";
import { useAddressState } from "../../parts/use-address-state.ts";

/** Events that are kept on the page. */
const maxEvents = 200;

/** Milliseconds in which events are gathered before they are drawn: four times a second, however many come. */
const gatherMs = 250;

const defaults = { topic: "" } as const;

/** Events as they happen, the newest first. */
export const EventsTail = () => {
  const [events, setEvents] = useState<readonly LiveEvent[]>([]);
  const [{ topic }, change] = useAddressState(defaults);
  useEffect(() => {
    let come: LiveEvent[] = [];
    const stop = listenToEvents((event) => void come.push(event));
    const timer = setInterval(() => {
      if (come.length === 0) return;
      const added = come.toReversed();
      come = [];
      setEvents((known) => [...added, ...known].slice(0, maxEvents));
    }, gatherMs);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, []);
  const shown = events.filter((event) => event.topic.includes(topic));
  return (
    <section className="panel" aria-labelledby="operations-events">
      <h2 id="operations-events">Events as they happen</h2>
      <label>
        Topic <input value={topic} onChange={({ target }) => change({ topic: target.value.trim() })} />
      </label>
      {shown.length === 0 ? (
        <p className="empty">None since this page was opened.</p>
      ) : (
        <ol className="rows">
          {shown.map((event) => (
            <li key={event.id}>
              <details>
                <summary>
                  <span className="mono">{event.time.slice(11, 23)}</span> {event.topic}{" "}
                  <span className="faint">{event.dataset ?? ""}</span>
                </summary>
                <pre>{JSON.stringify(event.message, null, 2)}</pre>
              </details>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
};
