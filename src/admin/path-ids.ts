// The ids in the paths of operations.
import type { FaceContext } from '../http/app.ts'
import { unknown } from './problem.ts'

/** Returns the user id in the path. @throws 404 if it cannot be one */
export function userIdOf(context: FaceContext): number {
  const id = context.req.param('id') ?? ''
  if (!/^[1-9]\d{0,14}$/.test(id)) throw unknown('user')
  return Number(id)
}

/** Returns the client_id in the path. @throws 404 if it cannot be one */
export function clientIdOf(context: FaceContext): string {
  const id = context.req.param('client_id') ?? ''
  if (id === '' || id.length > 2000 || /\p{Cc}/u.test(id)) throw unknown('client')
  return id
}
