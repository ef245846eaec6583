import { describe, expect, test } from "vitest";
import { publisherOf, sourceHeader } from "./publisher.ts";
import { topicNames, topics } from "./topics.ts";

const every = topicNames.map((topic) => [topic] as const);

describe("who published an event", () => {
  test.each(every)("%s under the services' subject is of the service that owns it", (topic) => {
    const name = topics[topic].publisher;
    const place = { topic, dataset: "ds", team: null };
    expect(publisherOf(place, sourceHeader(name))).toEqual({ kind: "service", name });
  });

  test.each(every)("%s under the services' subject is refused from anybody else", (topic) => {
    const place = { topic, dataset: "ds", team: null };
    for (const source of ["", "rollerblade/billing", "rollerblade/gateway", topics[topic].publisher])
      expect(publisherOf(place, source)).toEqual({
        refused: expect.stringContaining(`${topic} is published by ${topics[topic].publisher} only`),
      });
  });

  test.each(every)(
    "%s under a team's subject is of that team, where teams may publish it, and else refused",
    (topic) => {
      const place = { topic, dataset: "ds", team: "imaging" };
      const publisher = publisherOf(place, "rollerblade/imaging");
      if (topics[topic].openToTeams) expect(publisher).toEqual({ kind: "team", name: "imaging" });
      else expect(publisher).toEqual({ refused: expect.stringContaining("and this one is of the team imaging") });
    },
  );

  test("a team that names somebody else as its source is refused", () => {
    const place = { topic: "scan.uploaded", dataset: "ds", team: "imaging" } as const;
    expect(publisherOf(place, "rollerblade/ingest")).toEqual({
      refused: "It is of the team imaging, but names rollerblade/ingest in ce-source.",
    });
  });

  test("other teams publish what the catalog checks, and nothing else", () => {
    expect(topicNames.filter((topic) => topics[topic].openToTeams)).toEqual([
      "scan.uploaded",
      "scan.removed",
      "metadata.uploaded",
    ]);
  });
});
