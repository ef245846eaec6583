import { describe, expect, test } from "vitest";
import { adults, completeWhen, demo, threshold } from "../testing/documents.ts";
import { analysesIn, scan } from "../testing/facts.ts";
import { world } from "../testing/world.ts";

const known = analysesIn();
const three = ["01", "02", "03"].map((subject) => scan({ subject, attributes: { age: 30 } }));

const startedRules = (started: readonly { rule: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { rule } of started) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
};

describe("the demo", () => {
  test("runs one mask and one volumes a scan, and one report", () => {
    const it = world(demo, known, three);
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 3, volumes: 3, report: 1 });
  });

  test("does nothing when nothing changed", () => {
    const it = world(demo, known, three);
    it.runAll();
    it.started.length = 0;
    it.apply(demo, known);
    it.runAll();
    expect(it.started).toEqual([]);
  });

  test("does the same whatever the order in which scans and outputs come", () => {
    const it = world(demo, known, three.slice(0, 1));
    it.openBatch = true;
    it.settle();
    it.finish("ran");
    it.settle();
    it.finish("ran");
    it.settle();
    expect(it.reasons("report")).toEqual(["waiting for the open batches of the dataset to be indexed"]);
    it.scans = three;
    it.openBatch = false;
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 3, volumes: 3, report: 1 });
  });

  test("one more scan runs its own two steps and the report", () => {
    const it = world(demo, known, three);
    it.runAll();
    it.started.length = 0;
    it.scans = [...three, scan({ subject: "04" })];
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 1, volumes: 1, report: 1 });
  });

  test("a corrected age runs only what reads it", () => {
    const it = world(demo, known, three);
    it.runAll();
    it.started.length = 0;
    it.scans = it.scans.map((one) => (one.subject === "02" ? scan({ subject: "02", attributes: { age: 31 } }) : one));
    it.runAll();
    expect(startedRules(it.started)).toEqual({ volumes: 1, report: 1 });
  });

  test("a changed parameter and back calls for executions that have run already", () => {
    const it = world(demo, known, three);
    it.runAll();
    const first = new Set(it.started.map(({ key }) => key));
    it.apply(threshold(0.7), known);
    it.runAll();
    expect(it.started).toHaveLength(7 + 7);
    it.started.length = 0;
    it.apply(demo, known);
    it.runAll();
    expect(it.started.length).toBeGreaterThan(0);
    expect(it.started.filter(({ key }) => !first.has(key))).toEqual([]);
    expect(it.reasons("report")).toEqual(["started"]);
  });

  test("a new version takes part when the document is applied again, with what builds on it", () => {
    const both = analysesIn({ "tissue-volumes": ["1.0.0", "1.1.0", "2.0.0"] });
    const it = world(demo, known, three);
    it.runAll();
    it.started.length = 0;
    it.runAll();
    expect(it.started).toEqual([]);
    it.apply(demo, both);
    it.runAll();
    expect(startedRules(it.started)).toEqual({ volumes: 3, report: 1 });
    expect(it.document.locks.rules.volumes?.version).toBe("1.1.0");
  });

  describe("a document that accepts the results of several versions", () => {
    const accepting = demo.replace("rules:", 'accept: {brain-mask: "^1"}\nrules:');
    const both = analysesIn({ "brain-mask": ["1.0.0", "1.1.0"] });

    test("makes nothing anew when a new version takes part, and uses it for what is new", () => {
      const it = world(accepting, known, three);
      it.runAll();
      it.started.length = 0;
      it.apply(accepting, both);
      it.runAll();
      expect(it.started).toEqual([]);
      expect(it.document.locks.rules.mask?.version).toBe("1.1.0");
      it.scans = [...three, scan({ subject: "04" })];
      it.runAll();
      expect(startedRules(it.started)).toEqual({ mask: 1, volumes: 1, report: 1 });
      expect(it.reasons("mask")).toEqual([...Array(3).fill("accepted: version 1.0.0 is in place"), "started"]);
    });

    test("takes over what one person was computed with by hand, and what is made of it alone is made anew", () => {
      const it = world(accepting, known, three);
      it.runAll();
      const masks = [...it.started];
      it.apply(accepting, both);
      it.runAll();
      it.started.splice(0, it.started.length, ...masks);
      it.runByHand("mask", "02");
      it.started.length = 0;
      it.runAll();
      expect(startedRules(it.started.filter(({ slice }) => slice.level !== "dataset"))).toEqual({
        mask: 1,
        volumes: 1,
      });
      expect(
        it.started.filter(({ slice }) => slice.subject !== null).every(({ slice }) => slice.subject === "02"),
      ).toBe(true);
    });

    test("makes anew what an accepted version made of other inputs, and what was taken away", () => {
      const it = world(accepting, known, three);
      it.runAll();
      it.apply(accepting, both);
      it.runAll();
      it.started.length = 0;
      it.scans = it.scans.map((one) => (one.subject === "02" ? scan({ subject: "02", content: "other" }) : one));
      it.runAll();
      expect(startedRules(it.started)).toEqual({ mask: 1, volumes: 1, report: 1 });
      it.started.length = 0;
      it.withdraw(({ slice, analysis }) => slice.subject === "03" && analysis === "brain-mask");
      it.runAll();
      expect(startedRules(it.started)).toEqual({ mask: 1, volumes: 1, report: 1 });
    });

    test("asks for no execution of an old version where one is accepted that somebody else has made", () => {
      const it = world(demo, known, three);
      it.runAll();
      it.standing = [];
      it.started.length = 0;
      it.apply(accepting, both);
      it.settle();
      expect(it.reasons("mask")).toEqual(Array(3).fill("accepted: version 1.0.0 is in place"));
      expect(startedRules(it.started).mask).toBeUndefined();
    });
  });

  test("a deleted subject is forgotten, and the report is made without it", () => {
    const it = world(demo, known, three);
    it.runAll();
    it.started.length = 0;
    it.scans = three.slice(1);
    it.withdraw(({ slice }) => slice.subject === "01" || slice.level === "dataset");
    it.runAll();
    expect(startedRules(it.started)).toEqual({ report: 1 });
    expect(it.standing).toHaveLength(2 + 2 + 1);
  });

  test("an empty group never starts", () => {
    const it = world(demo, known, three);
    it.runAll();
    it.started.length = 0;
    it.scans = [];
    it.withdraw(() => true);
    it.runAll();
    expect(it.started).toEqual([]);
    expect(it.standing).toEqual([]);
  });
});

describe("conditions", () => {
  const ages = [30, 8, null].map((age, index) => scan({ subject: `0${index + 1}`, attributes: { age } }));

  test("true starts, false does not, and a missing operand is reported", () => {
    const it = world(adults, known, ages);
    it.runAll();
    expect(it.reasons("volumes")).toEqual(["started", "when is false", "unknown: subject.age"]);
  });

  test("what is unknown blocks a group that wants all", () => {
    const it = world(adults, known, ages);
    it.runAll();
    expect(it.reasons("report")).toEqual(["waiting for tissue-volumes volumes: 1 of 2 (1 unknown)"]);
  });

  test("what is unknown is final for a group that wants them settled", () => {
    const it = world(completeWhen("settled", adults), known, ages);
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 3, volumes: 1, report: 1 });
  });

  test("what is false is not expected", () => {
    const it = world(adults, known, ages.slice(0, 2));
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 2, volumes: 1, report: 1 });
  });

  test("a condition that becomes false ends its decision, and the report forgets its member", () => {
    const it = world(adults, known, three);
    it.runAll();
    it.started.length = 0;
    it.scans = it.scans.map((one) => (one.subject === "02" ? scan({ subject: "02", attributes: { age: 3 } }) : one));
    it.runAll();
    expect(it.reasons("volumes")).toEqual(["started", "when is false", "started"]);
    expect(startedRules(it.started)).toEqual({ report: 1 });
  });
});

test("a slice to which an analysis does not apply starts nothing, holds up no group, and is looked at again when its file comes", () => {
  const anySuffix = demo.replace(
    "on: {derivative: {analysis: brain-mask, output: mask}}",
    "on: {scan: {suffix: [T1w, bold]}}",
  );
  const it = world(anySuffix, known, [...three, scan({ subject: "04", suffix: "bold" })]);
  it.runAll();
  expect(startedRules(it.started)).toEqual({ mask: 3, volumes: 3, report: 1 });
  expect(it.standing.find(({ rule, slice }) => rule === "volumes" && slice.subject === "04")).toMatchObject({
    progress: "not-applicable",
    reason: "not applicable: there is no T1w.nii.gz for t1w",
    key: null,
  });
  it.started.length = 0;
  it.scans = [...it.scans, scan({ subject: "04" })];
  it.runAll();
  expect(startedRules(it.started)).toEqual({ mask: 1, volumes: 1, report: 1 });
  it.started.length = 0;
  it.scans = it.scans.filter(({ subject, suffix }) => subject !== "04" || suffix !== "T1w");
  it.withdraw(({ slice }) => slice.subject === "04");
  it.runAll();
  expect(startedRules(it.started)).toEqual({ report: 1 });
});

describe("failures", () => {
  test("a failure waits for a change of state", () => {
    const it = world(demo, known, three);
    it.settle();
    it.finish("failed", "mask");
    it.settle();
    it.settle();
    expect(it.reasons("mask")).toEqual(["failed: exit 1", "failed: exit 1", "failed: exit 1"]);
    expect(startedRules(it.started)).toEqual({ mask: 3 });
    it.scans = it.scans.map((one) => (one.subject === "02" ? scan({ subject: "02", content: "new" }) : one));
    it.settle();
    expect(startedRules(it.started)).toEqual({ mask: 4 });
  });

  test("what waits for something that failed states that", () => {
    const it = world(demo, known, three.slice(0, 1));
    it.settle();
    it.finish("failed", "mask");
    it.settle();
    const [reason] = it.reasons("volumes");
    expect(reason).toMatch(/^waiting for mask: mask of brain-mask .* \(mask of sub-01\/anat\/.*: failed: exit 1\)$/);
  });

  const oneFails = (complete: string) => {
    const it = world(completeWhen(complete), known, three);
    it.settle();
    it.standing = it.standing.map((one) =>
      one.rule === "mask" && one.slice.subject === "02" ? { ...one, outcome: "failed", failure: "exit 65" } : one,
    );
    it.runAll();
    return it;
  };

  test.each([
    ["all", 0, "waiting for tissue-volumes volumes: 2 of 3 (1 stuck)"],
    ["settled", 1, "started"],
    ["{count: 2}", 1, "started"],
    ["{count: 3}", 0, "waiting for 1 more of tissue-volumes volumes"],
  ])("with one failure, %s makes %i reports: %s", (complete, reports, reason) => {
    const it = oneFails(complete);
    expect(it.started.filter(({ rule }) => rule === "report")).toHaveLength(reports);
    expect(it.reasons("report")).toEqual([reason]);
  });

  test("what failed is listed in the slice of a group that starts without it, and is part of its key", () => {
    const failed = oneFails("settled").started.at(-1)?.request.missing;
    expect(failed).toEqual([
      { analysis: "tissue-volumes", output: "volumes", subject: "02", session: null, scan: null, why: "stuck" },
    ]);
    const whole = world(
      completeWhen("settled"),
      known,
      [three[0], three[2]].filter((one) => one !== undefined),
    );
    whole.runAll();
    expect(whole.started.at(-1)?.request.missing).toBeUndefined();
    expect(whole.started.at(-1)?.key).not.toBe(oneFails("settled").started.at(-1)?.key);
  });

  test("a group of nothing but failures never starts", () => {
    const it = world(completeWhen("settled"), known, three);
    it.settle();
    it.finish("failed");
    it.runAll();
    expect(it.reasons("report")).toEqual(["waiting for a first tissue-volumes volumes (3 stuck)"]);
  });
});

describe("groups", () => {
  test("a quiet group starts when time has passed without a change", () => {
    const it = world(completeWhen("{quiet: 10m}"), known, three);
    it.runAll();
    expect(it.reasons("report")).toEqual(["waiting for 10m without a change"]);
    it.now = 600_000;
    it.runAll();
    expect(it.reasons("report")).toEqual(["started"]);
  });

  test("a subject's own group waits for its own sessions only", () => {
    const document = demo.replace("by: [dataset]", "by: [subject]").replace("group-report", "subject-report");
    const scans = [
      scan({ subject: "01", session: "a" }),
      scan({ subject: "01", session: "b" }),
      scan({ subject: "02", session: "a" }),
    ];
    const it = world(document, known, scans);
    it.settle();
    it.finish("ran", "mask");
    it.settle();
    expect(it.reasons("report")).toEqual([
      "waiting for tissue-volumes volumes: 0 of 2",
      "waiting for tissue-volumes volumes: 0 of 1",
    ]);
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 3, volumes: 3, report: 2 });
  });

  test("what the whole dataset made can be used for each scan", () => {
    const document = `${demo}  - name: compare
    on: {derivative: {analysis: group-report}}
    run: {analysis: compare, version: ^1}
`;
    const it = world(document, known, three);
    it.settle();
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 3, volumes: 3, report: 1, compare: 3 });
  });
});

describe("inputs", () => {
  test("two candidates for one single input are ambiguous, and block all", () => {
    const twice = [...three, scan({ subject: "01", entities: { run: "2" } })];
    const it = world(demo, known, twice);
    it.runAll();
    expect(it.reasons("volumes")[0]).toMatch(/^ambiguous: t1w could be sub-01.* or sub-01.*/);
    expect(it.reasons("report")).toEqual(["waiting for tissue-volumes volumes: 2 of 3 (1 ambiguous)"]);
  });

  test("a mask of an image that was replaced since is not used", () => {
    const it = world(demo, known, three.slice(0, 1));
    it.runAll();
    it.scans = [scan({ subject: "01", content: "replaced" })];
    it.settle();
    expect(it.reasons("volumes")[0]).toMatch(/^waiting for mask: brain-mask of /);
    expect(it.standing.find(({ rule }) => rule === "volumes")?.progress).toBe("pending");
  });

  test("a scan whose batch is not indexed is left alone", () => {
    const it = world(demo, known, three);
    it.held = new Set([three[0]?.path ?? ""]);
    it.settle();
    expect(it.reasons("mask")).toEqual(["waiting for its batch to be indexed", "started", "started"]);
  });

  test("a held scan does not end a decision that stands", () => {
    const it = world(demo, known, three);
    it.runAll();
    it.held = new Set([three[0]?.path ?? ""]);
    it.openBatch = true;
    it.settle();
    it.held = new Set();
    it.openBatch = false;
    it.started.length = 0;
    it.runAll();
    expect(it.started).toEqual([]);
  });
});

describe("outputs that are taken away", () => {
  test("a withdrawn output ends its decision, so that the work is asked for again", () => {
    const it = world(demo, known, three);
    it.runAll();
    it.started.length = 0;
    it.withdraw(({ analysis, slice }) => analysis === "brain-mask" && slice.subject === "01");
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 1 });
  });

  test("but not for ever", () => {
    const it = world(demo, known, three.slice(0, 1));
    it.runAll();
    for (let round = 0; round < 5; round++) {
      it.withdraw(({ analysis }) => analysis === "brain-mask");
      it.runAll();
    }
    expect(it.reasons("mask")).toEqual(["superseded: its output was taken away 4 times"]);
  });

  test("a finished task whose outputs are not known yet is still under way", () => {
    const it = world(demo, known, three.slice(0, 1));
    it.settle();
    it.finish("ran", "mask");
    const late = it.derivatives;
    it.derivatives = [];
    it.settle();
    expect(it.standing.find(({ rule }) => rule === "mask")?.progress).toBe("pending");
    it.derivatives = late;
    it.runAll();
    expect(startedRules(it.started)).toEqual({ mask: 1, volumes: 1, report: 1 });
  });
});

test("a group that says every starts at most so often, with all that came meanwhile", () => {
  const it = world(demo.replace("complete: all", "complete: all, every: 10m"), known, three);
  it.runAll();
  it.started.length = 0;
  for (const subject of ["04", "05", "06"]) {
    it.scans = [...it.scans, scan({ subject, attributes: { age: 30 } })];
    it.now += 60_000;
    it.runAll();
  }
  expect(startedRules(it.started)).toEqual({ mask: 3, volumes: 3 });
  expect(it.reasons("report")).toEqual(["waiting for 10m since its last start"]);
  it.now += 10 * 60_000;
  it.runAll();
  expect(startedRules(it.started)).toEqual({ mask: 3, volumes: 3, report: 1 });
});
