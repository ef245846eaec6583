import { v5, v7, validate } from "uuid";

const namespace = "8f0c3c8e-2f4b-5b7e-9a53-6f1d6b1f7a11";

/** A fresh event id: a UUIDv7, so that ids rise with time. */
export const newEventId = (): string => v7();

/**
 * The same id for the same parts, for events that must not be published twice however often their cause is repeated: the same upload
 * again is the same event.
 */
export const eventIdOf = (...parts: readonly string[]): string => v5(JSON.stringify(parts), namespace);

/** Whether a text can be the id of an outbox row. */
export const isEventId = (text: string): boolean => validate(text);
