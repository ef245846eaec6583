import { gatewayRoutes, type ServiceStatus, type SystemStatus } from "@rollerblade/client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { invalidate, useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { bytes, count } from "../../parts/format.ts";
import { StateBadge } from "../../parts/state-badge.tsx";

/** Milliseconds between two looks: what waits is no event. */
const lookMs = 5_000;

/** The services with what they need, and what waits in outboxes and streams. */
export const Services = () => {
  const queries = useQueryClient();
  useEffect(() => {
    const timer = setInterval(() => void invalidate(queries, [gatewayRoutes.status.path]), lookMs);
    return () => clearInterval(timer);
  }, [queries]);
  const asked = useRoute(gatewayRoutes.status, {});
  return (
    <section className="panel" aria-labelledby="operations-services">
      <h2 id="operations-services">Services</h2>
      <Answer asked={asked}>
        {({ services, events }) => (
          <>
            <table className="plain">
              <caption>Each service, and the events that it has not published yet</caption>
              <thead>
                <tr>
                  <th scope="col">Service</th>
                  <th scope="col">State</th>
                  <th scope="col">Waiting</th>
                  <th scope="col">Lag</th>
                </tr>
              </thead>
              <tbody>
                {services.map((service) => (
                  <Service key={service.name} service={service} />
                ))}
              </tbody>
            </table>
            {events === null ? (
              <p className="faint">What goes on is shown to administrators.</p>
            ) : (
              <Events events={events} />
            )}
          </>
        )}
      </Answer>
    </section>
  );
};

const Service = ({ service: { name, status, checks, outbox } }: { readonly service: ServiceStatus }) => {
  const missing = Object.entries(checks).flatMap(([check, isThere]) => (isThere ? [] : [check]));
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <StateBadge meaning={status === "ready" ? "good" : "bad"}>{status}</StateBadge>
        {missing.length > 0 && <span> without {missing.join(", ")}</span>}
      </td>
      <td>{outbox === null ? "–" : count(outbox.waiting)}</td>
      <td>{outbox === null ? "–" : `${outbox.lagSeconds.toFixed(1)} s`}</td>
    </tr>
  );
};

const Events = ({ events: { streams, consumers } }: { readonly events: NonNullable<SystemStatus["events"]> }) => (
  <>
    <table className="plain">
      <caption>Streams of NATS</caption>
      <thead>
        <tr>
          <th scope="col">Stream</th>
          <th scope="col">Messages</th>
          <th scope="col">Size</th>
        </tr>
      </thead>
      <tbody>
        {streams.map((stream) => (
          <tr key={stream.name}>
            <th scope="row">{stream.name}</th>
            <td>{count(stream.messages)}</td>
            <td>{bytes(stream.bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
    <details>
      <summary>Consumers</summary>
      <table className="plain">
        <caption>What each consumer has before it and in hand</caption>
        <thead>
          <tr>
            <th scope="col">Consumer</th>
            <th scope="col">Waiting</th>
            <th scope="col">In hand</th>
            <th scope="col">Delivered again</th>
          </tr>
        </thead>
        <tbody>
          {consumers.map(({ durable, waiting, inHand, redelivered }) => (
            <tr key={durable}>
              <th scope="row">{durable}</th>
              <td>{count(waiting)}</td>
              <td>{count(inHand)}</td>
              <td>{count(redelivered)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  </>
);
