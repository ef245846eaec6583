/** What the Pod passes to its staging containers in environment variables. */
export type StagingEnvironment = {
  /** Where the scheduler is. */
  readonly url: string;
  /** File with the Pod's token; the kubelet renews it. */
  readonly tokenFile: string;
  readonly in: string;
  readonly out: string;
  /** Seconds that an outage of the scheduler or the bucket is waited out. */
  readonly retrySeconds: number;
};

/** Reads them from the environment. @throws Error that names what is missing */
export const readEnvironment = (variables: NodeJS.ProcessEnv = process.env): StagingEnvironment => {
  const needed = (name: string): string => {
    const value = variables[name];
    if (value === undefined || value === "") throw new Error(`${name} is not set: this runs in Pods of the scheduler.`);
    return value;
  };
  return {
    url: needed("ROLLERBLADE_STAGING_URL"),
    tokenFile: needed("ROLLERBLADE_STAGING_TOKEN"),
    in: needed("ROLLERBLADE_IN"),
    out: needed("ROLLERBLADE_OUT"),
    retrySeconds: Number(variables.ROLLERBLADE_STAGING_RETRY_SECONDS ?? 600),
  };
};
