// The authorization endpoint: RFC 6749 3.1, OpenID Connect Core 3.1.2. It proves where the answer may
// go, then asks for the next step or answers the client.
import { consentQuery } from '../core/authorization/consent.ts'
import { authorizationGoal } from '../core/authorization/goal.ts'
import { broughtRequest, requireUnanswered } from '../core/authorization/pushed-request.ts'
import { signedParameters } from '../core/authorization/request-object.ts'
import { checkLength, requirePushed } from '../core/authorization/request.ts'
import {
  type NamedClient,
  type ResponseTarget,
  namedClient,
  responseTargetOf,
} from '../core/authorization/response-target.ts'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { findSession } from '../core/people/browser-session.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readForm, readQuery } from '../http/form.ts'
import { OAuthError } from '../protocol/error.ts'
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
  const { parameters: brought, pushed } = await broughtRequest(as, sent)
  const named = await namedClient(as, brought)
  // Of a pushed request, the object was read when it was pushed.
  const parameters = pushed === null ? await countingParameters(context, named, brought) : brought
  if (parameters instanceof Response) return parameters
  const target = responseTargetOf(as, named, parameters, pushed)
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

/**
 * Returns the parameters that count of a request that was not pushed, or its refusal. A refusal goes to
 * the client only if a redirect_uri beside the object proves its address: nothing inside proves
 * anything yet.
 */
async function countingParameters(
  context: FaceContext,
  named: NamedClient,
  sent: Parameters,
): Promise<Parameters | Response> {
  try {
    requirePushed({ client: named.client, pushed: null })
    return await signedParameters(context.env.as, named.client, sent)
  } catch (thrown) {
    if (thrown instanceof OAuthError && thrown.reason === 'client_different') throw thrown
    return answeringClient(context, targetBeside(context.env.as, named, sent), () =>
      Promise.reject(thrown),
    )
  }
}

function targetBeside(
  as: AuthorizationServer,
  named: NamedClient,
  sent: Parameters,
): ResponseTarget | null {
  if (!sent.has('request')) return responseTargetOf(as, named, sent, null)
  // Where none is named, the object may have named another than the only one registered.
  if (!sent.has('redirect_uri')) return null
  try {
    return responseTargetOf(as, named, sent, null)
  } catch {
    return null
  }
}
