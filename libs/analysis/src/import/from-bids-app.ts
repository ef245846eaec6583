import semver from "semver";
import { parseManifest } from "../read-manifest.ts";
import { bidsInputs, derivativesOf } from "./bids-app-parts.ts";
import { writeDraft } from "./draft.ts";
import type { Imported } from "./imported.ts";

/**
 * Makes the manifest of a BIDS App that is known by its image alone: what its specification says that every app takes. All else is marked.
 * @param level `group` for the app's group level, which finds what its participant level wrote in the folder that it writes to
 * @throws Problem `invalid` for an image without a name
 */
export const importBidsApp = (image: string, level: "participant" | "group"): Imported => {
  const [, name = "", tag] = /([^/:@]+)(?::([^/@]+))?(?:@.*)?$/.exec(image) ?? [];
  const base = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 34)
    .replace(/^-+|-+$/g, "");
  const version = semver.coerce(tag ?? "")?.version ?? "1.0.0";
  const isGroup = level === "group";
  const notes = [
    ...(tag === version
      ? []
      : [{ path: ["version"], text: `GUESS: the image says ${JSON.stringify(tag ?? "nothing")}` }]),
    {
      path: ["command"],
      text: "GUESS: what every BIDS App takes; add options of this one, and an entrypoint if the image has none",
    },
    ...(isGroup ? [] : [{ path: ["inputs"], text: "GUESS: what the app reads; take out what it does not need" }]),
    { path: ["outputs", "derivatives", "tree", "must"], text: "GUESS: list what a finished run has" },
  ];
  const manifest = {
    name: isGroup ? `${base}-group` : base,
    version,
    description: `${name}, ${level} level`,
    image,
    command: isGroup
      ? ["{bids}", "{out.derivatives}", "group"]
      : ["{bids}", "{out.derivatives}", "participant", "--participant_label", "{slice.subject}"],
    layout: "bids",
    level: isGroup ? "dataset" : "subject",
    inputs: isGroup
      ? {
          participants: {
            ...{ analysis: base, version: `^${version}`, output: "derivatives", many: true, into: "derivatives" },
          },
        }
      : bidsInputs,
    outputs: derivativesOf(isGroup ? ["**"] : [["sub-{subject}.html", "sub-{subject}/**"]]),
  };
  const header = [`Imported from the image ${image}, as a BIDS App: see the comments GUESS.`];
  const text = writeDraft({ manifest, header, notes });
  return { name: parseManifest(text, "the imported manifest").name, text, guesses: notes.length };
};
