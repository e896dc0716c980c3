import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { freePort, portWarning, refuseBusyPort } from '../../src/operator/port.ts'

it('AG10: the port where Cursor waits for its sign-in gets a warning, and no other port does', () => {
  expect({ cursor: portWarning(8787), other: portWarning(8788) }).toEqual({
    cursor:
      'Cursor waits for its sign-in at localhost:8787: to sign in with Cursor on this machine, start with another PORT',
    other: null,
  })
})

it.each(['127.0.0.1', '::1'])(
  'AG10: a port on which an app waits at %s is refused',
  async (host) => {
    const port = await freePort()
    const app = createServer().listen(port, host)
    await once(app, 'listening')
    await expect(refuseBusyPort({ host: 'localhost', port })).rejects.toThrow(
      `Port ${port} is in use: stop the program that listens on it, or choose another port with PORT`,
    )
    app.close()
  },
)
