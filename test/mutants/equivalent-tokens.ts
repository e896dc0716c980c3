// Mutants of src/core/tokens that no test can notice.
import type { Equivalent } from './equivalent.ts'
import { becauseIn } from './equivalent-store.ts'

const because = becauseIn('src/core/tokens')

export const equivalentsOfTokens: readonly Equivalent[] = [
  ...because('A scope that nobody knows releases no claim.', {
    'id-token': ["[] -> ['Stryker was here'] #2"],
    'stated-user': ["[] -> ['Stryker was here'] #2"],
  }),
  ...because('Only claims that the user has are released.', {
    'id-token': ["[] -> ['Stryker was here']"],
  }),
]
