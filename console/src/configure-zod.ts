import { config } from "zod";

/**
 * Has Zod check objects without code that it compiles from a text, which the policy of the page forbids. This module is imported before any
 * schema is made: each asks once.
 */
config({ jitless: true });
