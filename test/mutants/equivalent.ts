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
  {
    file: 'src/protocol/distinguished-name.ts',
    text: "[] -> ['Stryker was here'] #2",
    reason:
      'Of text that does not match only the second and third part are read, which are missing.',
  },
  {
    file: 'src/protocol/distinguished-name.ts',
    text: "[] -> ['Stryker was here'] #3",
    reason: 'Empty text becomes an attribute without an equals sign, which is none, too.',
  },
  {
    file: 'src/protocol/distinguished-name.ts',
    text: '/\\\\[0-9a-f]{2}|\\\\(.)|[^\\\\]/gisu -> /\\\\[0-9a-f]|\\\\(.)|[^\\\\]/gisu',
    reason:
      'The second digit is copied as a character of its own, after the percent and the first.',
  },
  {
    file: 'src/crypto/key-ring.ts',
    text: '!this.has(id) -> false',
    reason:
      'A key that is not listed derives nothing, which is null, too: the check spares the attempt.',
  },
  {
    file: 'src/crypto/jwt.ts',
    text: 'text === null -> false',
    reason: 'JSON.parse reads null as null, which is no object: the check is there for the types.',
  },
  {
    file: 'src/crypto/proof-nonce.ts',
    text: '/^([\\w-]{1,32})\\.(\\d{1,12})\\.[\\w-]{22}$/ -> /([\\w-]{1,32})\\.(\\d{1,12})\\.[\\w-]{22}$/',
    reason: 'The whole nonce is compared with the one that its key and its minute give.',
  },
  {
    file: 'src/crypto/proof-nonce.ts',
    text: '/^([\\w-]{1,32})\\.(\\d{1,12})\\.[\\w-]{22}$/ -> /^([\\w-]{1,32})\\.(\\d{1,12})\\.[\\w-]{22}/',
    reason: 'The whole nonce is compared with the one that its key and its minute give.',
  },
  {
    file: 'src/crypto/proof-nonce.ts',
    text: "[] -> ['Stryker was here']",
    reason:
      'Of text that does not match only the second and third part are read, which are missing.',
  },
  {
    file: 'src/crypto/proof-nonce.ts',
    text: 'keyId === undefined -> false',
    reason: 'No key has the id undefined: the check is there for the types.',
  },
  {
    file: 'src/protocol/schema.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'What is no object is refused before any of its members is read.',
  },
  {
    file: 'src/protocol/error.ts',
    text: 'reason === undefined -> false',
    reason: 'No words have a reason of the name undefined: the check is there for the types.',
  },
]
