// Mutants that no test can notice, because they change nothing that anybody can observe: each with the
// reason. They do not count. An entry that matches no mutant any more fails the run that measures its
// file.
import { equivalentsOfCore } from './equivalent-core.ts'
import { equivalentsOfStore } from './equivalent-store.ts'

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
  ...equivalentsOfStore,
  ...equivalentsOfCore,
  {
    file: 'src/core/exchange/outage.ts',
    text: 'clientId === undefined -> false',
    reason: 'A refresh that names no client is refused before D1 is asked.',
  },
  {
    file: 'src/core/exchange/outage.ts',
    text: 'remembered.updatedAt > (kept?.updatedAt ?? 0) -> remembered.updatedAt >= (kept?.updatedAt ?? 0)',
    reason: 'Of the same instant both are the same client in all that is judged.',
  },
  {
    file: 'src/core/exchange/outage-formats.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'A text is no key of any algorithm: nothing signs with it.',
  },
  {
    file: 'src/store/revocations.ts',
    text: 'WHERE TRUE ON -> WHERE 1 ON',
    reason: 'TRUE is another spelling of 1.',
  },
  {
    file: 'src/store/revocations.ts',
    text: 'WHERE TRUE ON -> WHERE 1 ON #2',
    reason: 'TRUE is another spelling of 1.',
  },
  {
    file: 'src/store/revocations.ts',
    text: 'WHERE TRUE ON -> WHERE 1 ON #3',
    reason: 'TRUE is another spelling of 1.',
  },
  {
    file: 'src/core/exchange/grants/refresh-token.ts',
    text: 'token.generation === 0 -> true',
    reason: 'The statement of the audit event judges the generation, too: this spares it.',
  },
  {
    file: 'src/core/clients/assertion.ts',
    text: 'parsed.issues[0].path?.[0] -> parsed.issues[0].path[0]',
    reason: 'What was verified is an object, so that each issue is about one of its claims.',
  },
  {
    file: 'src/core/clients/assertion.ts',
    text: 'audiences.every((audience) => names.includes(audience)) -> audiences.some(audience => names.includes(audience))',
    reason: 'There is one audience, as was just seen.',
  },
  {
    file: 'src/core/clients/assertion.ts',
    text: 'true -> false',
    reason: 'The name of the member tells, whatever its value.',
  },
  {
    file: 'src/core/authorization/screen.ts',
    text: "typeof path === 'string' -> true",
    reason: 'Only this server can seal a screen, and it seals text there.',
  },
  {
    file: 'src/core/authorization/screen.ts',
    text: "pending.kind === 'authorization' -> true",
    reason: 'For the types: nothing else has a pushed request.',
  },
  {
    file: 'src/core/authorization/screen.ts',
    text: "pending.kind === 'logout' -> false",
    reason: 'For the types: a logout has no half of a proof.',
  },
  {
    file: 'src/core/authorization/screen.ts',
    text: 'opened === null -> false',
    reason: 'The decoder refuses null, which is no text then, either.',
  },
  {
    file: 'src/core/authorization/screen.ts',
    text: 'text === null -> false',
    reason: 'JSON.parse reads null as null.',
  },
  {
    file: 'src/core/people/rate-limits.ts',
    text: 'known !== undefined -> false',
    reason: 'A memory: the search finds the same limit.',
  },
  {
    file: 'src/core/people/rate-limits.ts',
    text: 'this.#ofRoute.set(route, count) -> ;',
    reason: 'A memory: the search finds the same limit.',
  },
  {
    file: 'src/crypto/webauthn/cbor.ts',
    text: 'count > bytes.byteLength - offset -> false',
    reason: 'The first item that is missing is refused, too, with the same words.',
  },
  {
    file: 'src/crypto/webauthn/cbor.ts',
    text: 'bytes.byteLength - offset -> bytes.byteLength + offset',
    reason: 'The first item that is missing is refused, too, with the same words.',
  },
  {
    file: 'src/crypto/webauthn/cbor.ts',
    text: "throw new CborFault('ends too early') -> ; #2",
    reason: 'The first item that is missing is refused, too, with the same words.',
  },
  {
    file: 'src/crypto/webauthn/ceremony.ts',
    text: 'thrown instanceof JsonFault -> true',
    reason: 'Nothing else can be thrown there: the validation returns its faults.',
  },
  {
    file: 'src/crypto/webauthn/der.ts',
    text: 'integer.byteLength !== length -> false',
    reason:
      'A cut integer leaves the end beyond the last byte, where the last condition refuses it.',
  },
  {
    file: 'src/core/authorization/request-object.ts',
    text: 'parsed.issues[0].path?.[0] -> parsed.issues[0].path[0]',
    reason: 'What was verified is an object, so that each issue is about one of its claims.',
  },
  {
    file: 'src/core/authorization/pushed-request.ts',
    text: 'use?.operation?.split -> use?.operation.split',
    reason:
      'For the types: a pushed request is used up by answers alone, each of which has an operation.',
  },
  {
    file: 'src/core/authorization/pushed-request.ts',
    text: 'use?.operation -> use.operation',
    reason: 'For the types: whoever was not the first finds the use.',
  },
  {
    file: 'src/core/authorization/pushed-request.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'For the types: whoever was not the first finds the use.',
  },
  {
    file: 'src/core/authorization/pushed-request.ts',
    text: 'repeated === undefined -> false',
    reason: 'A copy with an undefined member is read like one without.',
  },
  {
    file: 'src/core/authorization/next-step.ts',
    text: 'standing === null -> false',
    reason: 'For the types: a sign-in, or its second factor, is needed where nobody is signed in.',
  },
  {
    file: 'src/core/authorization/next-step.ts',
    text: "throw new Error('no step asks for a sign-in') -> ;",
    reason: 'For the types: a sign-in, or its second factor, is needed where nobody is signed in.',
  },
  {
    file: 'src/core/authorization/next-step.ts',
    text: '!step.needsSession -> true',
    reason:
      'The steps before a sign-in need no session, and where nobody is signed in that is the first one.',
  },
  {
    file: 'src/core/authorization/next-step.ts',
    text: 'standing !== null -> true',
    reason: 'For the types: where nobody is signed in an earlier step is needed.',
  },
  {
    file: 'src/core/authorization/next-step.ts',
    text: "goal === null || pending.kind === 'logout' -> goal === null && pending.kind === 'logout'",
    reason: 'For the types: the goal is null for a logout, and for nothing else.',
  },
  {
    file: 'src/core/authorization/next-step.ts',
    text: 'goal === null -> false',
    reason: 'For the types: the goal is null for a logout, and for nothing else.',
  },
  {
    file: 'src/core/authorization/next-step.ts',
    text: "pending.kind === 'logout' -> false",
    reason: 'For the types: the goal is null for a logout, and for nothing else.',
  },
  {
    file: 'src/core/authorization/next-step.ts',
    text: "pending.kind === 'logout' -> false #2",
    reason: 'For the types: no step has the screen of a logout.',
  },
  {
    file: 'src/core/authorization/request-object.ts',
    text: 'client_id !== client.id -> false',
    reason:
      'The same claim was compared before its signature; this is where the others are judged.',
  },
  {
    file: 'src/core/people/factors/remembered-browser.ts',
    text: "[] -> ['Stryker was here']",
    reason: 'The first member is skipped.',
  },
  {
    file: 'src/core/people/factors/remembered-browser.ts',
    text: 'instant === undefined || mac === undefined -> false',
    reason: 'For the types: what does not match has neither part, and no mark is equal to none.',
  },
  {
    file: 'src/core/people/factors/remembered-browser.ts',
    text: 'instant === undefined || mac === undefined -> instant === undefined && mac === undefined',
    reason: 'A mark has both parts or none.',
  },
  {
    file: 'src/core/people/factors/remembered-browser.ts',
    text: 'instant === undefined -> false',
    reason: 'A mark has both parts or none.',
  },
  {
    file: 'src/core/people/factors/remembered-browser.ts',
    text: 'mac === undefined -> false',
    reason: 'A mark has both parts or none.',
  },
  {
    file: 'src/core/people/factors/totp-enrolment.ts',
    text: 'carried !== undefined -> true',
    reason: 'For the types: nothing is known of a secret that was not carried.',
  },
  {
    file: 'src/core/people/factors/totp-enrolment.ts',
    text: 'opened === null -> false',
    reason: 'The decoder refuses null, which is no text then, either.',
  },
  {
    file: 'src/core/people/factors/totp-enrolment.ts',
    text: 'text === undefined -> false',
    reason: 'Empty text has waited since 1970, which is too long, too.',
  },
]
