/** What an environment is built in. */
export type Making = {
  /** Of all environments, and of tools that were brought. */
  readonly root: string;
  /** Where the environment is to be: nothing until it is whole. */
  readonly place: string;
  /** Holds copies of the files that it is built from, and is removed afterwards. */
  readonly project: string;
  readonly lockfile: string;
};
