// Mutants that no test can notice, because they change nothing that anybody can observe: each with the
// reason. They do not count. An entry that matches no mutant any more fails the run that measures its
// file.

/** `text` as `npm run mutants` prints it, after the line; `reason` says why nothing changes. */
export type Equivalent = { file: string; text: string; reason: string }

export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/protocol/parameters.ts',
    text: "text === '' -> false",
    reason:
      'Empty text is one empty pair, which the loop passes over: the result is an empty map, too.',
  },
  {
    file: 'src/protocol/parameters.ts',
    text: 'plain.test(text) -> false',
    reason: 'A short cut: text without an escape decodes to itself.',
  },
  {
    file: 'src/protocol/parameters.ts',
    text: '/^[\\w.~:/@-]*$/ -> /^[\\w.~:/@-]$/',
    reason: 'The short cut is taken for fewer texts, which decode to themselves.',
  },
]
