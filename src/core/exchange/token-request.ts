// What the grants are asked with.
import type { Parameters } from '../../protocol/parameters.ts'
import type { Spending } from '../server/storage.ts'
import type { Confirmation } from '../tokens/storage.ts'

/**
 * A request for tokens, as a face hands it over. Facts about its sender that tokens are bound to are
 * members here: a face that cannot carry them leaves them out.
 */
export type TokenRequest = {
  parameters: Parameters
  /** What the tokens are bound to: the key whose possession was proved, the certificate. */
  confirmation?: Confirmation | undefined
  /** What the request spends, in the batch that decides about it. */
  spends?: readonly Spending[]
}
