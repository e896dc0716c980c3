// Every path that the server has, as Hono lists them, each asked for by GET and by POST; and every form
// of the console, filled in.
import { adminInterface } from '../../../src/admin/interface.ts'
import { consoleApp } from '../../../src/console/console.ts'
import { accountApp } from '../../../src/endpoints/account-app.ts'
import { isolateOf } from '../../../src/isolate.ts'
import type { UserAgent } from '../../support/user-agent.ts'
import type { Recipe } from './recipe.ts'
import { server, type World } from './world.ts'

/** Returns the paths of all apps of an isolate. */
function allPaths(): string[] {
  const isolate = isolateOf(server.env)
  if (!('app' in isolate)) throw new Error(isolate.faults.join())
  const account = accountApp(isolate.server.settings, (context) => context.text('', 404))
  const apps = [isolate.app, account, adminInterface(), consoleApp()]
  return [...new Set(apps.flatMap((app) => app.routes.map(({ path }) => path)))].sort()
}

/** What cannot be undone, or undoes what the other requests are made of. */
const final = /epoch|rotate|rewrap|withdraw|everywhere|sign-out|\/logout|\/delete/

/** Returns a request by GET and one by POST for every path. */
export function routeRecipes(world: World): Recipe[] {
  const { user, web, adminToken, adminCookie, cookie } = world
  const filled = (path: string): string =>
    path
      .replace(/:client_id(\{[^}]*\})?/g, encodeURIComponent(web.client_id))
      .replace(/:id(\{[^}]*\})?/g, String(user.id))
      .replace(/:\w+\??(\{[^}]*\})?/g, 'x')
      .replaceAll('*', 'x')
  return allPaths().flatMap((path): Recipe[] => {
    const headers = path.startsWith('/admin/v1')
      ? adminToken
      : { Cookie: path.startsWith('/admin') ? adminCookie : cookie }
    const sent = final.test(path) ? {} : headers
    return [
      {
        name: `route GET ${path}`,
        method: 'GET',
        path: filled(path),
        query: { q: 'a' },
        headers: sent,
      },
      { name: `route POST ${path}`, method: 'POST', path: filled(path), form: { a: 'b' } },
    ]
  })
}

/** What stands in an input that a page has. */
const typed: Readonly<Record<string, string>> = {
  username: 'typed',
  email: 'typed@example.com',
  client_name: 'Typed',
  redirect_uris: 'https://client.example/typed',
  issuer: 'https://idp.example',
  user_code: 'BCDF-GHJK',
  new_password: 'correct horse battery staple',
}

const named = /<(?:input|select|textarea)\b[^>]*\bname="([^"]+)"/g

/** Returns the forms on these pages, as a browser would send them. */
export async function formRecipes(
  agent: UserAgent,
  cookie: string,
  paths: readonly string[],
): Promise<Recipe[]> {
  const recipes: Recipe[] = []
  for (const path of paths) {
    const { forms, html } = await agent.open(path)
    const fields = [...html.matchAll(named)].map(([, name = '']) => name)
    for (const { action, hidden } of forms) {
      if (final.test(action) || recipes.some(({ path: known }) => known === action)) continue
      recipes.push({
        ...{ name: `form ${action}`, method: 'POST', path: action },
        form: {
          ...Object.fromEntries(fields.map((name) => [name, typed[name] ?? 'typed'])),
          ...hidden,
        },
        headers: { Cookie: cookie, Origin: 'null', 'Sec-Fetch-Site': 'same-origin' },
      })
    }
  }
  return recipes
}
