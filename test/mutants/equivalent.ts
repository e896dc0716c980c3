// Mutants that no test can notice, because they change nothing that anybody can observe: each with the
// reason. They do not count. An entry that matches no mutant any more fails the run that measures its
// file.

/** `text` as `npm run mutants` prints it, after the line; `reason` says why nothing changes. */
export type Equivalent = { file: string; text: string; reason: string }

export const equivalents: readonly Equivalent[] = []
