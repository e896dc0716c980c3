// The client authentication methods, once: what a client may be registered for, what discovery
// announces and what a request may use all derive from this list.
import { none } from './none.ts'
import { privateKeyJwt } from './private-key-jwt.ts'
import { secretBasic } from './secret-basic.ts'
import { secretPost } from './secret-post.ts'

/** In the order in which a request is searched for credentials. */
export const clientMethods = [secretBasic, secretPost, privateKeyJwt, none] as const

export const clientMethodNames = clientMethods.map(({ name }) => name)
