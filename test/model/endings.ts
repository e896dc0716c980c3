// The commands that change something and whose answer is not compared: those of operators, of people in their
// browser, and of time.
import { hashMadeBy } from '../crypto/foreign-password/hashes.ts'
import { callback } from '../openid/flow.ts'
import { manage, registered201 } from '../registration/registrant.ts'
import { type Server, always, noFault } from '../support/faults.ts'
import { giveApp } from '../support/half-signed-in.ts'
import type { Answerer } from '../support/http.ts'
import { beginImport, importRows, newRow, userNamed } from '../support/imports.ts'
import { type TestUser, admin } from '../support/registry.ts'
import type { UserAgent } from '../support/user-agent.ts'
import { type Actual, held, scope } from './actual.ts'
import type { Command, Name } from './commands.ts'

/** The commands whose answer is compared with the model. */
type Telling =
  | ('password' | 'authorize' | 'redeem' | 'device' | 'clientCredentials' | 'exchange' | 'refresh')
  | ('garbage' | 'introspect' | 'introspectRefresh' | 'userinfo' | 'revokeRefresh' | 'revokeAccess')

const kvFaults = {
  none: noFault,
  stale: always('knows nothing', 'KV', 'get'),
  away: always('fails', 'KV'),
}

/** A password that another system has hashed. */
const oldHash = hashMadeBy('{SSHA}')

/** Performs a command whose answer is not compared. */
export async function end(
  actual: Actual,
  server: Server,
  command: Command<Exclude<Name, Telling>>,
): Promise<void> {
  const to = server.fetch
  switch (command.do) {
    case 'logout':
      return actual.inBrowser(to, command.user, (agent) => logout(agent))
    case 'everywhere':
      return actual.inBrowser(to, command.user, async (agent) => {
        const account = await agent.open('/account')
        if (account.path === '/account')
          await agent.submit(account, {}, { action: '/account/everywhere' })
      })
    case 'changePassword':
      return actual.inBrowser(to, command.user, (agent) =>
        changePassword(agent, actual.user(command.user)),
      )
    case 'adminLogout':
      return ok(admin('POST', `/users/${actual.user(command.user).id}/logout`, undefined, to))
    case 'setPassword': {
      const user = actual.user(command.user)
      user.password = crypto.randomUUID()
      return ok(admin('PATCH', `/users/${user.id}`, { password: user.password }, to))
    }
    case 'setUser':
      return ok(
        admin(
          'PATCH',
          `/users/${actual.user(command.user).id}`,
          { disabled: command.isDisabled },
          to,
        ),
      )
    case 'setTotp': {
      const user = actual.user(command.user)
      if (command.isOn) await giveApp(user)
      else await ok(admin('DELETE', `/users/${user.id}/second-factors`, undefined, to))
      return
    }
    case 'setClient': {
      const { client_id } = actual.client(command.client)
      return ok(admin('PATCH', `/clients/${client_id}`, { disabled: command.isDisabled }, to))
    }
    case 'revokeClient':
      return ok(
        admin('POST', `/clients/${actual.client(command.client).client_id}/revoke`, undefined, to),
      )
    case 'register': {
      const metadata = { token_endpoint_auth_method: 'none', scope, redirect_uris: [callback] }
      actual.received.registered.set(command.as, await registered201(to, metadata))
      return
    }
    case 'unregister': {
      const { status } = await manage(
        to,
        'DELETE',
        held(actual.received.registered.get(command.client)),
      )
      if (status !== 204) throw new Error(`not deleted but ${status}`)
      return
    }
    case 'importUser':
      return importUser(actual, to, command.as)
    case 'rotateKeys':
      return ok(admin('POST', '/keys/rotate', undefined, to))
    case 'withdrawKey':
      return ok(admin('POST', `/keys/${command.kid}/withdraw`, undefined, to))
    case 'epoch':
      return ok(admin('POST', '/epoch', undefined, to))
    case 'cron':
      return server.cron()
    case 'kv':
      server.plan(kvFaults[command.fault])
      return
    case 'wait':
      return
  }
}

async function logout(agent: UserAgent): Promise<void> {
  const place = await agent.open('/oauth2/logout')
  const isAsked = place.forms.some(({ action }) => action === '/logout')
  if (isAsked) await agent.submit(place, { decision: 'allow' }, { action: '/logout' })
  else if (!place.title.includes('signed out')) throw new Error(`the browser is at ${place.title}`)
}

async function changePassword(agent: UserAgent, user: TestUser): Promise<void> {
  const account = await agent.open('/account')
  if (account.path !== '/account') return
  const next = crypto.randomUUID()
  const fields = { current_password: user.password, new_password: next }
  const { path, status } = await agent.submit(account, fields, { action: '/account/password' })
  if (status === 503) return
  if (!path.includes('passwordChanged')) throw new Error(`the password was not changed: ${path}`)
  user.password = next
}

async function importUser(actual: Actual, to: Answerer, name: string): Promise<void> {
  const row = newRow({
    password: { hash: oldHash.hash },
    email: `${crypto.randomUUID()}@example.com`,
  })
  const { created } = await importRows(await beginImport({}, to), [row], 1, to)
  const user = await userNamed(row.username)
  if (created !== 1 || user === undefined) throw new Error('the user was not imported')
  const { id, sub, username } = user
  const facts = { id, sub, username, email: '', password: oldHash.password }
  actual.received.imported.set(name, facts)
}

async function ok(answer: Promise<Response>): Promise<void> {
  const response = await answer
  if (!response.ok)
    throw new Error(`the admin REST answered ${response.status}: ${await response.text()}`)
}
