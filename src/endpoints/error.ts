// The standard face's words for a refusal: RFC 6749 5.2, challenges of RFC 7617 and RFC 6750 3.
import type { OAuthError } from '../protocol/error.ts'

/** Renders the JSON of RFC 6749 5.2, with a Basic challenge on 401. */
export function renderTokenError(error: OAuthError): Response {
  const headers = new Headers()
  if (error.status === 401)
    headers.set('WWW-Authenticate', 'Basic realm="postern", charset="UTF-8"')
  const { code, description } = error
  return Response.json(
    { error: code, error_description: description },
    { status: error.status, headers },
  )
}

/** Renders an error of a protected resource, with a Bearer challenge on 401 and 403. */
export function renderResourceError(error: OAuthError): Response {
  const headers = new Headers()
  if (error.status === 401 || error.status === 403) {
    const scope = error.code === 'insufficient_scope' ? ', scope="openid"' : ''
    headers.set(
      'WWW-Authenticate',
      `Bearer realm="postern", error="${error.code}", error_description="${error.description}"${scope}`,
    )
  }
  const { code, description } = error
  return Response.json(
    { error: code, error_description: description },
    { status: error.status, headers },
  )
}
