import { expect, test } from "vitest";
import {
  decidePublishing,
  type FileCandidate,
  identityOf,
  type NameState,
  type PublishDecision,
} from "./decide-publishing.ts";

const identity = identityOf({ analysis: "mask", version: "1.0.0", parametersHash: "", output: "mask", sliceKey: "s" });
const path = "derivatives/mask-1.0.0/sub-01/sub-01_mask.nii";

const candidate: FileCandidate = {
  derivative: "new",
  output: "mask",
  name: { path, sidecar: null, entities: {}, datatype: null, suffix: "mask", extension: ".nii" },
  size: 1,
  sha256: "h2",
  from: "staging/x",
  identity,
  shared: false,
  sliceKey: "s",
  key: "k2",
  place: `ds1/${path}`,
};

const held: NameState = {
  identity,
  derivative: "old",
  sliceKey: "s",
  sha256: "h1",
  metadata: null,
  key: "k1",
  held: true,
  withdrawn: false,
  sequence: 5,
  intent: null,
};

const decide = (state: Partial<NameState> | null, foreign: string[] = []): PublishDecision =>
  decidePublishing(
    { id: "task", sequence: 7 },
    [candidate],
    new Map(state === null ? [] : [[candidate.place, { ...held, ...state }]]),
    new Set(foreign),
  );

const go = (takesName: boolean, predecessor: { derivative: string; sha256: string } | null) => {
  const { identity: _identity, key: _key, place: _place, shared: _shared, sliceKey: _slice, ...file } = candidate;
  return { publish: "go", files: [{ ...file, takesName, predecessor }] };
};

test.each<[string, PublishDecision, object]>([
  ["a free name is taken", decide(null), go(true, null)],
  ["a name that was never filled is taken", decide({ derivative: null, sha256: null, key: null }), go(true, null)],
  ["an earlier decision is kept in the archive", decide({}), go(true, { derivative: "old", sha256: "h1" })],
  ["the same content need not be kept", decide({ sha256: "h2" }), go(true, null)],
  ["a later decision keeps the name", decide({ sequence: 9 }), go(false, null)],
  ["what is being withdrawn is not kept", decide({ withdrawn: true, sequence: 9 }), go(true, null)],
  [
    "the same content of the same key is in place",
    decide({ sha256: "h2", key: "k2" }),
    { publish: "in-place", derivatives: ["old"] },
  ],
  [
    "the same content with other fields in its sidecar is put again",
    decide({ sha256: "h2", key: "k2", metadata: { SkullStripped: true } }),
    go(true, null),
  ],
  ["what was lost is put there again", decide({ sha256: "h2", key: "k2", held: false }), go(true, null)],
  ["somebody else is at it", decide({ intent: "other" }), { publish: "wait" }],
  ["we were at it", decide({ intent: "task", derivative: null, sha256: null, key: null }), go(true, null)],
  [
    "another slice has the name",
    decide({
      identity: identityOf({
        analysis: "mask",
        version: "1.0.0",
        parametersHash: "",
        output: "mask",
        sliceKey: "other",
      }),
    }),
    { publish: "refused", reason: `the name ${path} is taken by mask of mask 1.0.0 for other` },
  ],
  [
    "a file lies there that nobody knows",
    decide(null, [candidate.place]),
    { publish: "refused", reason: `the name ${path} is taken by a file that was not made here` },
  ],
])("%s", (_, actual, expected) => {
  expect(actual).toEqual(expected);
});

test.each<[string, Partial<NameState> | null, PublishDecision["publish"]]>([
  ["it has none yet", null, "go"],
  ["another slice has given it one", { sliceKey: "other" }, "in-place"],
  ["what another slice had given it is being withdrawn", { sliceKey: "other", withdrawn: true }, "go"],
  ["what another slice had given it was lost", { sliceKey: "other", held: false }, "go"],
  ["the same slice had given it another content", {}, "go"],
])("a file that every slice makes is put where %s", (_, state, publish) => {
  const shared = { ...candidate, shared: true };
  const names = new Map(state === null ? [] : [[candidate.place, { ...held, ...state }]]);
  expect(decidePublishing({ id: "task", sequence: 7 }, [shared], names, new Set()).publish).toBe(publish);
});
