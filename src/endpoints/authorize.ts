// The authorization endpoint: RFC 6749 3.1, OpenID Connect Core 3.1.2. It proves where the answer may go,
// then asks for the next step or answers the client.
import { consentQuery } from '../core/authorization/consent.ts'
import { authorizationGoal } from '../core/authorization/goal.ts'
import { broughtRequest, requireUnanswered } from '../core/authorization/pushed-request.ts'
import { checkLength, proveResponseTarget } from '../core/authorization/request.ts'
import { findSession } from '../core/people/browser-session.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
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

// A repeated parameter is refused once the client is proved, so that the refusal is sent there.
const anyParameter: ParameterRules = { mayRepeat: () => true }

async function authorize(context: FaceContext, sent: Parameters): Promise<Response> {
  checkLength(sent)
  const again = againByGet(context, path, sent)
  if (again !== null) return again
  const { as } = context.env
  const { parameters, pushed } = await broughtRequest(as, sent)
  const target = await proveResponseTarget(as, parameters, { pushed })
  return answeringClient(context, target, async () => {
    const goal = await authorizationGoal(as, target, parameters)
    const { session } = browserOf(context)
    const [standing] = await Promise.all([
      findSession(as, session, consentQuery(goal)),
      requireUnanswered(as, pushed),
    ])
    return proceed(context, { goal, standing, done: [] })
  })
}
