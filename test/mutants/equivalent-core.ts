// Mutants of src/core that no test can notice; equivalent.ts has those before them.
import type { Equivalent } from './equivalent.ts'
import { becauseIn } from './equivalent-store.ts'

const because = becauseIn('src/core')

export const equivalentsOfCore: readonly Equivalent[] = [
  ...because('A scope that nobody knows releases no claim.', {
    'tokens/id-token': ["[] -> ['Stryker was here'] #2"],
    'tokens/stated-user': ["[] -> ['Stryker was here'] #2"],
  }),
  ...because('Only claims that the user has are released.', {
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
  ...because('For the types: without a first factor no user is found either.', {
    'authorization/steps/second-factor': ['half === undefined -> false #2'],
  }),
  ...because('No link to a provider has that id.', {
    'authorization/steps/new-password': ["[] -> ['Stryker was here']"],
  }),
]
