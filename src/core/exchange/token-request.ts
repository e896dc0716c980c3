// What the grants are asked with.
import type { Parameters } from '../../protocol/parameters.ts'

/**
 * A request for tokens, as a face hands it over. Facts about its sender that tokens are bound to (a
 * proved key, a certificate) are members here: a face that cannot carry them leaves them out.
 */
export type TokenRequest = { parameters: Parameters }
