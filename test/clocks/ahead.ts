// What happens by a clock that is ahead, and what an isolate whose clock is behind says then.
import { admin, type TestClient } from '../support/registry.ts'
import { setClock } from '../support/time.ts'

/** Milliseconds. */
export const minute = 60_000

/** Does something by a clock that is a minute ahead; then the clock is right. */
export async function ahead(act: () => Promise<Response>): Promise<void> {
  setClock(minute)
  const { status } = await act()
  if (status >= 300) throw new Error(`nothing was ended: ${status}`)
  setClock(0)
}

/** Revokes everything that a client has. */
export const revoke = ({ client_id }: TestClient): Promise<Response> =>
  admin('POST', `/clients/${client_id}/revoke`)

/** What a program is told. */
export const told = async (answer: Response) => ({
  status: answer.status,
  retryAfter: answer.headers.get('Retry-After'),
  error: (await answer.json<{ error?: string }>()).error,
})
export const early = { status: 503, retryAfter: '60', error: 'temporarily_unavailable' }
