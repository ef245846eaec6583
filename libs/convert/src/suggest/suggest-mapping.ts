import { basename, resolve } from "node:path";
import { Document, visit } from "yaml";
import { findDcm2niix } from "../dicom/find-dcm2niix.ts";
import { datatypesOf } from "../mapping/read-mapping.ts";
import { openSource } from "../source/open-source.ts";
import type { SourceFile } from "../source/source-file.ts";
import type { SourceImage } from "../survey/source-image.ts";
import { surveySource } from "../survey/survey-source.ts";
import { generalPattern } from "./general-pattern.ts";
import { type Guess, guessName, labelOfDescription } from "./guess-name.ts";

/** A rule as it is suggested. */
type SuggestedRule = { readonly [key: string]: unknown };

/**
 * Looks through a source and writes a first mapping for it, as YAML: a rule for each kind of series or files, with what has to be
 * decided by a person marked. Nothing is converted.
 */
export const suggestMapping = async (location: string): Promise<string> => {
  const source = await openSource(location);
  try {
    const survey = await surveySource(source, findDcm2niix);
    const guessed = survey.images.map((image) => ({ image, guess: guessName(image) }));
    const series = guessed.filter(({ image }) => image.kind === "series");
    const files = guessed.filter(({ image }) => image.kind === "files");
    const images = [...seriesRules(series), ...fileRules(files)];
    const ignore = [...ignoredSeries(series), ...ignoredImages(files), ...ignoredFiles(survey.others)];
    return written({ name: basename(resolve(location)), images, ignore, hasSeries: series.length > 0 });
  } finally {
    source.close();
  }
};

type Guessed = { readonly image: SourceImage; readonly guess: Guess };

/** What tells one kind of series from another: its description, the part, and what it seems to be. */
const seriesRules = (guessed: readonly Guessed[]): readonly SuggestedRule[] => {
  const kinds = Map.groupBy(
    guessed.filter(({ guess }) => guess.is === "image"),
    ({ image, guess }) => JSON.stringify([conditionOf(image), guess]),
  );
  const suggested = [...kinds.values()].flatMap(([first]) => {
    if (first === undefined || first.guess.is !== "image") return [];
    const { datatype, suffix, entities } = first.guess;
    return [
      {
        image: first.image,
        to: { ...(datatypesOf(suffix).length > 1 && { datatype }), suffix, ...entities },
        key: JSON.stringify([datatype, suffix, entities]),
      },
    ];
  });
  return suggested.map(({ image, to, key }) => {
    const isShared = suggested.filter((other) => other.key === key).length > 1;
    const description = descriptionOf(image);
    return {
      name: [description, image.series?.part].filter(Boolean).join(" ") || "series without description",
      dicom: "**",
      where: conditionOf(image),
      to: { ...to, ...(isShared && description !== "" && { acq: labelOfDescription(description) }) },
      run: "acquisition",
    };
  });
};

const descriptionOf = ({ series }: SourceImage): string =>
  typeof series?.SeriesDescription === "string" ? series.SeriesDescription : "";

/** An expression that holds for the series of one kind. */
const conditionOf = (image: SourceImage): string => {
  const description = descriptionOf(image);
  const part = typeof image.series?.part === "string" ? image.series.part : "";
  const protocol = typeof image.series?.ProtocolName === "string" ? image.series.ProtocolName : "";
  const named =
    description !== ""
      ? `series.SeriesDescription == ${JSON.stringify(description)}`
      : "series.SeriesDescription == null";
  const more = description === "" && protocol !== "" ? ` && series.ProtocolName == ${JSON.stringify(protocol)}` : "";
  return `${named}${more} && series.part == ${JSON.stringify(part)}`;
};

const ignoredSeries = (guessed: readonly Guessed[]): readonly SuggestedRule[] => {
  const kinds = Map.groupBy(
    guessed.flatMap(({ image, guess }) => (guess.is === "ignored" ? [{ image, reason: guess.reason }] : [])),
    ({ image, reason }) => JSON.stringify([image.faults.length > 0 ? image.path : conditionOf(image), reason]),
  );
  return [...kinds.values()].flatMap(([first]) => {
    if (first === undefined) return [];
    const { image, reason } = first;
    return [
      image.faults.length > 0 ? { dicom: image.path, reason } : { dicom: "**", where: conditionOf(image), reason },
    ];
  });
};

/** Files of one kind whose paths have the same form share a rule. */
const fileRules = (guessed: readonly Guessed[]): readonly SuggestedRule[] => {
  const kinds = Map.groupBy(
    guessed.filter(({ guess }) => guess.is === "image"),
    ({ guess }) => JSON.stringify(guess),
  );
  return [...kinds.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || first.guess.is !== "image") return [];
    const { datatype, suffix, entities } = first.guess;
    const patterns = generalPattern(group.map(({ image }) => image.path));
    return patterns.map((from) => ({
      name: suffix,
      from,
      to: { ...(datatypesOf(suffix).length > 1 && { datatype }), suffix, ...entities },
      run: "acquisition",
    }));
  });
};

const ignoredImages = (guessed: readonly Guessed[]): readonly SuggestedRule[] =>
  guessed.flatMap(({ image, guess }) => (guess.is === "ignored" ? [{ from: image.path, reason: guess.reason }] : []));

/** Tables first: what a person wants of them, only the person knows. */
const ignoredFiles = (others: readonly SourceFile[]): readonly SuggestedRule[] => {
  const kinds = Map.groupBy(others, ({ path }) => /\.[A-Za-z0-9]+$/.exec(path)?.[0] ?? "");
  return [...kinds].map(([extension, files]) =>
    /^\.(?:csv|tsv|xlsx?)$/i.test(extension) || extension === ""
      ? {
          from: files.length === 1 ? (files[0]?.path ?? "**") : `**${extension}`,
          reason: "to be decided: a table may belong into tables:",
        }
      : { from: `**/*${extension}`, reason: "no image" },
  );
};

type Written = {
  readonly name: string;
  readonly images: readonly SuggestedRule[];
  readonly ignore: readonly SuggestedRule[];
  readonly hasSeries: boolean;
};

const written = ({ name, images, ignore, hasSeries }: Written): string => {
  const document = new Document({
    version: 1,
    dataset: { Name: name },
    ...(hasSeries && { subject: `\${series.PatientID}`, labels: "keyed" }),
    dates: "drop",
    images,
    ignore,
  });
  document.commentBefore =
    " A first mapping, guessed from what the scanner wrote and from names. Read every rule, then see\n what it does: rollerblade dataset convert SOURCE --mapping THIS --plan";
  visit(document, {
    Pair: (_, pair) => {
      if (
        String(pair.key) === "to" &&
        String(pair.value).includes("unnamed") &&
        typeof pair.key === "object" &&
        pair.key !== null &&
        "commentBefore" in pair.key
      )
        pair.key.commentBefore = " the task is not known: write its name";
    },
  });
  return document.toString({ lineWidth: 120 });
};
