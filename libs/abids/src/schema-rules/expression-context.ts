/**
 * Names that an expression may use: `sidecar`, `suffix`, `nifti_header` … Members may be computed when they are asked
 * for.
 */
export type Context = { readonly [name: string]: unknown };

/** A part of an expression that is ready to be evaluated. */
export type Evaluate = (context: Context) => unknown;
