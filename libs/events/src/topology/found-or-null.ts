import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";

const notFound: readonly number[] = [JetStreamApiCodes.StreamNotFound, JetStreamApiCodes.ConsumerNotFound];

/** A server's answer about a stream or durable; null when it has none of that name. Other errors are passed on. */
export const foundOrNull = async <T>(asked: Promise<T>): Promise<T | null> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && notFound.includes(error.code)) return null;
    throw error;
  }
};
