// The authorization endpoint: RFC 6749 3.1, OpenID Connect Core 3.1.2. Proves where the answer may
// go, then takes the next step: a page of ours, or the answer.
import { nothingDone } from '../core/authorization/authorization.ts'
import { consentQuery } from '../core/authorization/consent.ts'
import {
  checkLength,
  proveResponseTarget,
  readAuthorizationRequest,
} from '../core/authorization/request.ts'
import { findSession } from '../core/people/browser-session.ts'
import type { FaceContext } from '../http/app.ts'
import { readCookie } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { ParameterRules, Parameters } from '../protocol/parameters.ts'
import { againByGet, renderPageError } from './page.ts'
import { answeringClient, proceed } from './progress.ts'

const path = '/oauth2/authorize'

export const authorizeEndpoint: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    {
      path,
      metadata: 'authorization_endpoint',
      handlers: {
        GET: (context) => authorize(context, readQuery(context.req.raw, anyParameter)),
        POST: async (context) => authorize(context, await readForm(context.req.raw, anyParameter)),
      },
    },
  ],
}

// What is repeated is refused once it is known to whom: at the client, not on a page of ours.
const anyParameter: ParameterRules = { mayRepeat: () => true }

async function authorize(context: FaceContext, parameters: Parameters): Promise<Response> {
  checkLength(parameters)
  const again = againByGet(context, path, parameters)
  if (again !== null) return again
  const target = await proveResponseTarget(context.env.as, parameters)
  return answeringClient(context, target, async () => {
    const request = await readAuthorizationRequest(context.env.as, target.client, parameters)
    const secret = readCookie(context, 'session')
    const standing = await findSession(context.env.as, secret, consentQuery(target, request))
    return proceed(context, { target, request, parameters, standing, done: nothingDone })
  })
}
