import { Problem } from "@rollerblade/errors";

/** How the names of analyses begin as whose outputs the ratings of images are published. */
export const ratingPrefix = "rating-";

/** Refuses a name that nobody may give to an analysis of theirs. @throws Problem `invalid` */
export const requireFreeName = (name: string): void => {
  if (!name.startsWith(ratingPrefix)) return;
  throw new Problem({
    code: "invalid",
    message: `The name "${name}" is reserved: the ratings of images are published as the outputs of ${ratingPrefix}….`,
    subject: name,
    next: "Choose another name.",
  });
};
