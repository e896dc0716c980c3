// A protected resource is for pages of any origin: tokens stand in a header that no browser sends by
// itself. Fetch 3.2; MCP clients in browsers send and read these headers.

const allowedHeaders = [
  'authorization',
  'content-type',
  'dpop',
  'mcp-protocol-version',
  'mcp-session-id',
  'last-event-id',
]
const exposedHeaders = ['www-authenticate', 'dpop-nonce', 'mcp-session-id']

/** Answers a preflight: any page may ask. */
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

/** Lets pages of any origin read the answer. */
export function readable(response: Response): Response {
  response.headers.set('Access-Control-Allow-Origin', '*')
  response.headers.set('Access-Control-Expose-Headers', exposedHeaders.join(', '))
  return response
}
