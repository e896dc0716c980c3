// Dynamic client registration (RFC 7591) and its management (RFC 7592).
import type { EndpointGroup } from '../http/endpoint.ts'
import { renderResourceError } from './error.ts'
import { register, registrationPath, remove, replace, show } from './registration-answers.ts'

/** Where clients register; not served where REGISTRATION is `closed`. */
export const registrationEndpoint: EndpointGroup = {
  renderError: renderResourceError,
  // Agents that run in a browser have no origin that anybody could know beforehand.
  readableBy: 'anyone',
  endpoints: [
    {
      path: registrationPath,
      metadata: 'registration_endpoint',
      handlers: { POST: register },
    },
  ],
}

/** Where registered clients look after themselves, even if no others may register any more. */
export const registrationManagement: EndpointGroup = {
  renderError: renderResourceError,
  readableBy: 'anyone',
  endpoints: [
    {
      path: `${registrationPath}/:client_id`,
      handlers: {
        GET: show,
        PUT: replace,
        DELETE: remove,
      },
    },
  ],
}
