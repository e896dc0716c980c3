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
    file: 'src/store/rotation.ts',
    text: 'false -> true',
    reason: 'The longer condition, too, where nothing limits the client: it says the same.',
  },
  {
    file: 'src/store/rotation.ts',
    text: 'sql`${grants.id} = ${grantId} AND -> sql`1 AND',
    reason: 'An operation is of one request, and so of one grant: the id finds its row by the key.',
  },
  {
    file: 'src/store/rotation.ts',
    text: 'scope === null -> false',
    reason: 'JSON null is one row without a value, of which no condition of the statement is true.',
  },
  {
    file: 'src/store/rotation.ts',
    text: 'scope === null && resource === null && authorizationDetails === null && values.listed === null -> false',
    reason: 'The longer statement, which says the same where nothing is named.',
  },
  {
    file: 'src/store/standing.ts',
    text: 'WHERE ${epoch.id} = 1), -> WHERE 1),',
    reason: 'The table has one row: its only insertion names this id, which is the key.',
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
  {
    file: 'src/store/factors.ts',
    text: 'COALESCE((SELECT MAX(${credentials.createdAt}) -> COALESCE((SELECT MIN(${credentials.createdAt})',
    reason: 'The recovery codes of a user are replaced together: all have the same instant.',
  },
  {
    file: 'src/store/grants.ts',
    text: 'results.at(-1)?.length -> results.at(-1).length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/grants.ts',
    text: 'inserted?.length -> inserted.length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/epoch.ts',
    text: 'WHERE TRUE ON -> WHERE 1 ON',
    reason: '1 is how SQLite stores TRUE.',
  },
  {
    file: 'src/store/epoch.ts',
    text: 'WHERE ${epoch.id} = 1` -> WHERE 1`',
    reason: 'The table has one row: its only insertion names this id, which is the key.',
  },
  {
    file: 'src/store/sessions.ts',
    text: 'begun?.length -> begun.length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/sessions.ts',
    text: "[] -> ['Stryker was here'] #3",
    reason: 'Without a client, no consent is of the client that is asked for: NULL is no id.',
  },
  {
    file: 'src/store/sign-in-attempts.ts',
    text: '${bucket} >= ${nameFrom} -> ${bucket} > ${nameFrom}',
    reason: 'An address is never empty: no bucket is the name with a colon alone.',
  },
  {
    file: 'src/store/sign-in-attempts.ts',
    text: '${bucket} < ${nameUntil} -> ${bucket} <= ${nameUntil}',
    reason: 'No bucket is the name with a semicolon alone.',
  },
  {
    file: 'src/store/sign-in-attempts.ts',
    text: '${bucket} >= ${from} -> ${bucket} > ${from}',
    reason: 'The name of a browser is never empty: no bucket is the name with a slash alone.',
  },
  {
    file: 'src/store/sign-in-attempts.ts',
    text: '${bucket} < ${until}` -> ${bucket} <= ${until}`',
    reason: 'No bucket is the name with a semicolon alone.',
  },
  {
    file: 'src/store/mail-actions.ts',
    text: 'codeDigest === null -> false',
    reason: 'For the type alone: the statement demands a code.',
  },
  {
    file: 'src/store/mail-actions.ts',
    text: "[] -> ['Stryker was here'] #2",
    reason: 'For the type alone: the statement demands a code.',
  },
  {
    file: 'src/store/mail-actions.ts',
    text: 'WHERE ${actions.digest} = ${digest} AND -> WHERE 1 AND #3',
    reason: 'An operation is of one form, and so of one link: the digest finds its row by the key.',
  },
  {
    file: 'src/store/mail-actions.ts',
    text: 'address === null -> false',
    reason: 'For the type alone: a link of nobody yet has an address.',
  },
  {
    file: 'src/store/mail-actions.ts',
    text: 'WHERE TRUE ON -> WHERE 1 ON',
    reason: '1 is how SQLite stores TRUE.',
  },
  {
    file: 'src/store/device-codes.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'For the type alone: an aggregate has one row.',
  },
  {
    file: 'src/store/device-codes.ts',
    text: 'row === undefined -> false',
    reason: 'For the type alone: an aggregate has one row.',
  },
  {
    file: 'src/store/device-codes.ts',
    text: "throw new TypeError('an aggregate without a row') -> ;",
    reason: 'For the type alone: an aggregate has one row.',
  },
  {
    file: 'src/store/device-codes.ts',
    text: "[] -> ['Stryker was here'] #2",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/device-codes.ts',
    text: "[] -> ['Stryker was here'] #3",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/device-codes.ts',
    text: "[] -> ['Stryker was here'] #4",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/device-codes.ts',
    text: 'authTime === null -> false',
    reason: 'For the type alone: who allows a device has signed in.',
  },
  {
    file: 'src/store/device-codes.ts',
    text: 'amr === null -> false',
    reason: 'For the type alone: who allows a device has signed in.',
  },
  {
    file: 'src/store/factors.ts',
    text: 'used?.length -> used.length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/factors.ts',
    text: 'used?.length -> used.length #2',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/factors.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/factors.ts',
    text: "[] -> ['Stryker was here'] #2",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/factors.ts',
    text: 'COALESCE((SELECT MAX(${credentials.createdAt}) -> COALESCE((SELECT MIN(${credentials.createdAt})',
    reason: 'All recovery codes of a user were made in one batch, at one instant.',
  },
  {
    file: 'src/store/passkeys.ts',
    text: 'results[2]?.length -> results[2].length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/passkeys.ts',
    text: 'results.at(-1)?.length -> results.at(-1).length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/passkeys.ts',
    text: 'answered?.length -> answered.length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/consents.ts',
    text: 'consumed?.length -> consumed.length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/registrations.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/registrations.ts',
    text: "[] -> ['Stryker was here'] #2",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/registrations.ts',
    text: 'deleted?.length -> deleted.length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/registrations.ts',
    text: 'results[4]?.length -> results[4].length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/registrations.ts',
    text: 'WHERE TRUE ON -> WHERE 1 ON',
    reason: '1 is how SQLite stores TRUE.',
  },
  {
    file: 'src/store/passwords.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/passwords.ts',
    text: "[] -> ['Stryker was here'] #2",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/passwords.ts',
    text: "[] -> ['Stryker was here'] #3",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/admin-tokens.ts',
    text: 'deleted?.length -> deleted.length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/user-deletion.ts',
    text: 'results.at(-2)?.length -> results.at(-2).length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/user-changes.ts',
    text: "[] -> ['Stryker was here'] #6",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/user-changes.ts',
    text: 'created === null -> false',
    reason: 'For the type alone: the batch has just inserted the row.',
  },
  {
    file: 'src/store/user-changes.ts',
    text: "throw new Error('the user that was just created is not there') -> ;",
    reason: 'For the type alone: the batch has just inserted the row.',
  },
  {
    file: 'src/store/clients.ts',
    text: 'results.at(-2)?.length -> results.at(-2).length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/clients.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/clients.ts',
    text: 'row === null -> false #2',
    reason: 'For the type alone: an aggregate has one row.',
  },
  {
    file: 'src/store/signing-keys.ts',
    text: 'WHERE TRUE ON -> WHERE 1 ON',
    reason: '1 is how SQLite stores TRUE.',
  },
  {
    file: 'src/store/provider-links.ts',
    text: 'linked?.length -> linked.length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
  {
    file: 'src/store/provider-links.ts',
    text: 'results.at(-1)?.length -> results.at(-1).length',
    reason: 'For the type alone: D1 returns the rows of each statement of a batch.',
  },
]
