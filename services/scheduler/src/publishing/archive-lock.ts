/**
 * Name of the lock between publications, which put contents into the archive of a dataset, and their removal. Publications share it
 * while they write their intents; removing takes it alone, and spares what an intent names.
 */
export const archiveLock = (dataset: string): string => `scheduler/archive/${dataset}`;
