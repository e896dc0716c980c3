// CORS of a protected resource (Fetch 3.2). Pages of any origin may call it, because a browser never
// adds an access token by itself. MCP clients in browsers send and read the headers listed here.

const allowedHeaders = [
  'authorization',
  'content-type',
  'dpop',
  'mcp-protocol-version',
  'mcp-session-id',
  'last-event-id',
]
const exposedHeaders = ['www-authenticate', 'dpop-nonce', 'mcp-session-id']

/** Answers a preflight request of any origin. */
export const preflight = (request: Request): Response =>
  new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': request.headers.get('Access-Control-Request-Method') ?? 'GET',
      'Access-Control-Allow-Headers': allowedHeaders.join(', '),
      'Access-Control-Max-Age': '600',
    },
  })

/** Lets pages of any origin read the response. */
export function readable(response: Response): Response {
  response.headers.set('Access-Control-Allow-Origin', '*')
  response.headers.set('Access-Control-Expose-Headers', exposedHeaders.join(', '))
  return response
}
