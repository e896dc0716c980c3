// The console at /admin: every screen, mounted on one app. Its addresses leave /admin/v1 to the admin
// interface.
import type { Hono } from 'hono'
import { refuse, renderPageError } from '../endpoints/page.ts'
import { type App, type FaceContext, noStore } from '../http/app.ts'
import { type Endpoint, serve } from '../http/endpoint.ts'
import { clientEndingScreens } from './client-endings.tsx'
import { clientFormScreens } from './client-forms.tsx'
import { clientScreens } from './clients.tsx'
import { eventScreens } from './events.tsx'
import { importScreens } from './imports.tsx'
import { invitationScreen } from './invitation.tsx'
import { keyScreens } from './keys.tsx'
import { overviewScreens } from './overview.tsx'
import { providerScreens } from './providers.tsx'
import { registrationScreens } from './registrations.tsx'
import { settingScreens } from './settings.tsx'
import { stylesheet, stylesheetPath } from './stylesheet.ts'
import { tokenScreens } from './tokens.tsx'
import { userEndingScreens } from './user-endings.tsx'
import { userFormScreens } from './user-forms.tsx'
import { userScreens } from './users.tsx'

// A form comes before the screen whose address has a part that could be its name.
const screens: readonly Endpoint[] = [
  ...overviewScreens,
  ...userFormScreens,
  invitationScreen,
  ...userEndingScreens,
  ...userScreens,
  ...clientFormScreens,
  ...clientEndingScreens,
  ...clientScreens,
  ...eventScreens,
  ...providerScreens,
  ...keyScreens,
  ...tokenScreens,
  ...registrationScreens,
  ...importScreens,
  ...settingScreens,
]

/** Creates the app that serves the console. */
export function consoleApp(): Hono<App> {
  const style = { path: '/admin/style/:name', handlers: { GET: showStyle } }
  const app = serve({ renderError: renderPageError, endpoints: [style, ...screens] })
  app.notFound((context: FaceContext) =>
    refuse(context, 'notFound', 404, { startAgainHref: '/admin' }),
  )
  return app
}

async function showStyle(context: FaceContext): Promise<Response> {
  if (context.req.path !== (await stylesheetPath())) return context.body(null, 404, noStore)
  return context.body(stylesheet, 200, {
    'Cache-Control': 'public, max-age=31536000, immutable',
    'Content-Type': 'text/css; charset=utf-8',
  })
}
