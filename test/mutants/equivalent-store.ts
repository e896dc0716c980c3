// Mutants of src/store that no test can notice.
import type { Equivalent } from './equivalent.ts'

/** Returns what makes the entries of a folder: a reason, and by file the texts that it is true of. */
export const becauseIn =
  (folder: string) =>
  (reason: string, texts: Record<string, readonly string[]>): Equivalent[] =>
    Object.entries(texts).flatMap(([name, ofFile]) =>
      ofFile.map((text) => ({ file: `${folder}/${name}.ts`, text, reason })),
    )

const because = becauseIn('src/store')

export const equivalentsOfStore: readonly Equivalent[] = [
  ...because('For the type alone: D1 returns the rows of each statement of a batch.', {
    grants: [
      'results.at(-1)?.length -> results.at(-1).length',
      'inserted?.length -> inserted.length',
    ],
    sessions: ['begun?.length -> begun.length'],
    'device-codes': [
      "[] -> ['Stryker was here'] #2",
      "[] -> ['Stryker was here'] #3",
      "[] -> ['Stryker was here'] #4",
    ],
    factors: [
      'used?.length -> used.length',
      'used?.length -> used.length #2',
      "[] -> ['Stryker was here']",
      "[] -> ['Stryker was here'] #2",
    ],
    passkeys: [
      'results[2]?.length -> results[2].length',
      'results.at(-1)?.length -> results.at(-1).length',
      'answered?.length -> answered.length',
    ],
    consents: ['consumed?.length -> consumed.length'],
    imports: ['ended?.length -> ended.length', 'results.at(-1)?.map -> results.at(-1).map'],
    'held-grants': ['results.at(-1)?.length -> results.at(-1).length'],
    database: ['results[0]?.meta -> results[0].meta'],
    'import-chunks': [
      "[] -> ['Stryker was here']",
      "[] -> ['Stryker was here'] #2",
      "[] -> ['Stryker was here'] #3",
      "[] -> ['Stryker was here'] #4",
      "[] -> ['Stryker was here'] #5",
      "[] -> ['Stryker was here'] #6",
    ],
    'data-copies': ["[] -> ['Stryker was here']", 'admitted?.length -> admitted.length'],
    'details-types': ['removed?.length -> removed.length'],
    registrations: [
      "[] -> ['Stryker was here']",
      "[] -> ['Stryker was here'] #2",
      'deleted?.length -> deleted.length',
      'results[4]?.length -> results[4].length',
    ],
    passwords: [
      "[] -> ['Stryker was here']",
      "[] -> ['Stryker was here'] #2",
      "[] -> ['Stryker was here'] #3",
    ],
    'admin-tokens': ['deleted?.length -> deleted.length'],
    'user-deletion': ['results.at(-2)?.length -> results.at(-2).length'],
    'user-changes': ["[] -> ['Stryker was here'] #6"],
    clients: ['results.at(-2)?.length -> results.at(-2).length', "[] -> ['Stryker was here']"],
    'provider-links': [
      'linked?.length -> linked.length',
      'results.at(-1)?.length -> results.at(-1).length',
    ],
  }),
  ...because('1 is how SQLite stores TRUE.', {
    epoch: ['WHERE TRUE ON -> WHERE 1 ON'],
    'import-chunks': ['WHERE TRUE ON -> WHERE 1 ON'],
    'data-copies': ['WHERE TRUE ON -> WHERE 1 ON'],
    'mail-actions': ['WHERE TRUE ON -> WHERE 1 ON'],
    registrations: ['WHERE TRUE ON -> WHERE 1 ON'],
    'signing-keys': ['WHERE TRUE ON -> WHERE 1 ON'],
  }),
  ...because('The table has one row: its only insertion names this id, which is the key.', {
    epoch: ['WHERE ${epoch.id} = 1` -> WHERE 1`'],
  }),
  ...because('Without a client, no consent is of the client that is asked for: NULL is no id.', {
    sessions: ["[] -> ['Stryker was here'] #3"],
  }),
  ...because('An address is never empty: no bucket is the name with a colon alone.', {
    'sign-in-attempts': ['${bucket} >= ${nameFrom} -> ${bucket} > ${nameFrom}'],
  }),
  ...because('No bucket is the name with a semicolon alone.', {
    'sign-in-attempts': [
      '${bucket} < ${nameUntil} -> ${bucket} <= ${nameUntil}',
      '${bucket} < ${until}` -> ${bucket} <= ${until}`',
    ],
  }),
  ...because('The name of a browser is never empty: no bucket is the name with a slash alone.', {
    'sign-in-attempts': ['${bucket} >= ${from} -> ${bucket} > ${from}'],
  }),
  ...because('For the type alone: the statement demands a code.', {
    'mail-actions': ['codeDigest === null -> false', "[] -> ['Stryker was here'] #2"],
  }),
  ...because(
    'An operation is of one form, and so of one link: the digest finds its row by the key.',
    {
      'mail-actions': ['WHERE ${actions.digest} = ${digest} AND -> WHERE 1 AND #3'],
    },
  ),
  ...because('For the type alone: a link of nobody yet has an address.', {
    'mail-actions': ['address === null -> false'],
  }),
  ...because('For the type alone: as many users as were asked for have a last one.', {
    imports: ['found.at(-1)?.id -> found.at(-1).id'],
  }),
  ...because('For the type alone: an aggregate has one row.', {
    'device-codes': [
      "[] -> ['Stryker was here']",
      'row === undefined -> false',
      "throw new TypeError('an aggregate without a row') -> ;",
    ],
    clients: ['row === null -> false #2'],
  }),
  ...because('For the type alone: who allows a device has signed in.', {
    'device-codes': ['authTime === null -> false', 'amr === null -> false'],
  }),
  ...because('All recovery codes of a user were made in one batch, at one instant.', {
    factors: [
      'COALESCE((SELECT MAX(${credentials.createdAt}) -> COALESCE((SELECT MIN(${credentials.createdAt})',
    ],
  }),
  ...because('For the type alone: the batch has just inserted the row.', {
    'user-changes': [
      'created === null -> false',
      "throw new Error('the user that was just created is not there') -> ;",
    ],
  }),
  ...because('For the type alone: the row is there, by this insertion or by one before.', {
    registrations: ['row === undefined -> false'],
  }),
  ...because(
    'Of an algorithm and a generation there is one key, which the same batch has given its day.',
    {
      'signing-keys': ['${keys.generation} > ${generation} -> ${keys.generation} >= ${generation}'],
    },
  ),
  ...because('The last code point is no character: no name has it.', {
    clients: ['${key} < ${`${prefix}\\u{10ffff}`}` -> ${key} <= ${`${prefix}\\u{10ffff}`}`'],
  }),
  ...because(
    'No id is empty: the condition is there for the index by id, through which it is counted.',
    {
      gauges: [
        "WHERE ${sessions.id} > '' AND -> WHERE 1 AND",
        "${sessions.id} > '' -> ${sessions.id} >= ''",
      ],
    },
  ),
  ...because('Of an empty list the statement writes nothing: it is left out for its cost.', {
    'import-chunks': [
      'create.length === 0 -> false',
      'links.length === 0 -> false',
      'claims.length === 0 -> false',
      'changed.length === 0 -> false',
      'named.length === 0 -> false',
    ],
  }),
  ...because(
    'Versions are a thousandth apart, and no two instants of today are exactly half of it.',
    {
      'import-chunks': ["${member('updatedAt')}) < 0.0005 -> ${member('updatedAt')}) <= 0.0005"],
    },
  ),
  ...because('For the type alone: where the insertion did nothing, the row is there.', {
    'data-copies': ['last === undefined -> false'],
  }),
]
