// Mutants of src/core and src/crypto that no test can notice; equivalent.ts has those before them.
import type { Equivalent } from './equivalent.ts'
import { becauseIn } from './equivalent-store.ts'

const because = becauseIn('src/core')
const inCrypto = becauseIn('src/crypto')

export const equivalentsOfCore: readonly Equivalent[] = [
  ...because('A scope that nobody knows releases no claim.', {
    'tokens/id-token': ["[] -> ['Stryker was here'] #2"],
    'tokens/stated-user': ["[] -> ['Stryker was here'] #2"],
  }),
  ...because('Only claims that the user has are released.', {
    'exchange/userinfo': ["[] -> ['Stryker was here']"],
    'tokens/id-token': ["[] -> ['Stryker was here']"],
  }),
  ...because('For the types: only a page is for somebody who confirms that it is them.', {
    'authorization/steps/login': ["scene.goal.kind === 'page' -> true"],
  }),
  ...because('For the types: the screen of a logout carries no half of a proof.', {
    'authorization/steps/login': ["screen.pending.kind !== 'logout' -> true"],
  }),
  ...because('For the types: no other failure has such a code, and each is thrown on.', {
    'authorization/steps/login': ['!(thrown instanceof OAuthError) -> false'],
  }),
  ...because('For the types: no bytes are no UTF-8, and JSON.parse reads null as null.', {
    'authorization/sealed-facts': ['opened === null -> false', 'text === null -> false'],
  }),
  ...inCrypto('For the types: no bytes are no UTF-8, and JSON.parse reads null as null.', {
    'compact-token': ['bytes === null -> false', 'text === null -> false'],
  }),
  ...inCrypto('For the types: the algorithm is one of those that its form names.', {
    'foreign-password/digest': [
      'algorithms.get(algorithm)?.length -> algorithms.get(algorithm).length',
    ],
  }),
  ...inCrypto('For the types: RegExp.test reads undefined as letters, which are no digits.', {
    'foreign-password/hash': ['text === undefined -> false'],
  }),
  ...inCrypto('For the types: the form names one of the three types.', {
    'foreign-password/argon2': ["name === 'i' || name === 'd' -> true"],
  }),
  ...inCrypto('For the types: the pinned module exports the four functions.', {
    argon2: [
      "typeof found !== 'function' -> false",
      'throw new Error(`the module of Argon2 exports no ${name}`) -> ;',
    ],
  }),
  ...inCrypto('The lane and the column are read before the scratch space is used again.', {
    argon2: ['5 * blockBytes -> 5 / blockBytes'],
  }),
  ...inCrypto('Two blocks behind the matrix, for which there is room, and which nothing reads.', {
    argon2: ['lane < settings.lanes -> lane <= settings.lanes'],
  }),
  ...inCrypto('The same addresses are made more often, or where nothing reads them.', {
    argon2: [
      'isIndependent && (index === first || index % addressesInBlock === 0) -> true',
      'isIndependent && (index === first || index % addressesInBlock === 0) -> isIndependent || index === first || index % addressesInBlock === 0',
      'index === first || index % addressesInBlock === 0 -> true',
    ],
  }),
  ...because('For the types: without a first factor no user is found either.', {
    'authorization/steps/second-factor': ['half === undefined -> false #2'],
  }),
  ...because('No link to a provider has that id.', {
    'authorization/steps/new-password': ["[] -> ['Stryker was here']"],
  }),
  ...because('The policy `any` is a text, which lists no clients and no resources.', {
    'exchange/exchange-policy': ["policy === 'any' -> false"],
  }),
  ...because('For the types: the caller has refused what is not registered.', {
    'exchange/exchange-policy': ['metadata !== null -> true #2'],
  }),
  ...because('For the types: whatever is no text was left out before.', {
    'exchange/assertion-bounds': [
      "uris.filter((uri) => typeof uri === 'string') -> uris",
      "typeof uri === 'string' -> true #2",
    ],
  }),
  ...because('Number.isFinite takes nothing but a number.', {
    'tokens/details-schema': ["typeof value === 'number' -> true"],
  }),
  ...because('For the types: no list of names has one that is absent.', {
    'tokens/details-schema': ['name === undefined -> false'],
  }),
  ...because('For the types: the schema of a text, a number or a list requires no member.', {
    'tokens/details-schema': ["schema.type === 'object' -> true"],
  }),
  ...because('No member has a name with spaces.', {
    'tokens/details-schema': ["[] -> ['Stryker was here'] #3"],
  }),
  ...because('No two members of an object have the same name.', {
    'tokens/details': ['one < other -> one <= other'],
  }),
  ...because('No key of a resource is such a text.', {
    'tokens/details': ["[] -> ['Stryker was here'] #2"],
  }),
  ...because('For the types: parseJson throws nothing else.', {
    'tokens/details': ['fault instanceof JsonFault -> true'],
  }),
  ...because('For the types: no bytes are no UTF-8.', {
    'server/outage-records': ['opened === null -> false'],
  }),
  ...because('What was proven stays proven: no key is opened, and there is no fault.', {
    'server/master-key-proof': ['this.#isProven -> false'],
  }),
  ...because('What is no JSON has no members either.', {
    'server/imported-keys': ['{return null} -> {}'],
  }),
  ...because(
    'For the types: the id is a part of the text, and neither is the first of the matches.',
    {
      'server/admin-token': [
        "[] -> ['Stryker was here']",
        'text === undefined || id === undefined -> text === undefined && id === undefined',
        'text === undefined -> false',
        'id === undefined -> false',
      ],
    },
  ),
]
