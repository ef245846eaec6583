/** What the Pod tells its staging containers. */
export type Surroundings = {
  /** Where the scheduler is. */
  readonly url: string;
  /** File with the Pod's token; the kubelet renews it. */
  readonly tokenFile: string;
  readonly in: string;
  readonly out: string;
  /** Seconds that an outage of the scheduler or the bucket is waited out. */
  readonly patience: number;
};

/** Reads them from the environment. @throws Error that names what is missing */
export const readSurroundings = (environment: NodeJS.ProcessEnv = process.env): Surroundings => {
  const needed = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === "") throw new Error(`${name} is not set: this runs in Pods of the scheduler.`);
    return value;
  };
  return {
    url: needed("ROLLERBLADE_STAGING_URL"),
    tokenFile: needed("ROLLERBLADE_STAGING_TOKEN"),
    in: needed("ROLLERBLADE_IN"),
    out: needed("ROLLERBLADE_OUT"),
    patience: Number(environment.ROLLERBLADE_STAGING_PATIENCE ?? 600),
  };
};
