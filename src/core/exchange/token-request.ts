// A token request, as grants receive it.
import type { Parameters } from '../../protocol/parameters.ts'
import type { Spending } from '../server/storage.ts'
import type { Confirmation } from '../tokens/storage.ts'

/**
 * A token request. Facts about the sender to which tokens are bound are optional members: a face whose
 * wire format cannot carry them omits them.
 */
export type TokenRequest = {
  parameters: Parameters
  /** What the tokens are bound to: the key whose possession was proved, the certificate. */
  confirmation?: Confirmation | undefined
  /** The identifiers that the request spends, in the batch that decides about it. */
  spends?: readonly Spending[]
}
