import { Problem, problemOfSystem } from "@rollerblade/errors";

/** A fault of the file system while a file of a download is written, about the folder of the download; anything else as it is. */
export const faultOfWriting = (error: unknown, folder: string, place: string): unknown => {
  const problem = problemOfSystem(error, folder);
  if (problem === null) return error;
  const { code, message, next } = problem;
  const again = next?.replace(/run it again\.$/, "run it again: it goes on where it was.");
  return new Problem({ code, message, subject: place, next: again }, { cause: error });
};
