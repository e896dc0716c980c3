// Devices without a browser of their own: the endpoint where they ask, and the pages where their user
// decides. RFC 8628.
import type { EndpointGroup } from '../http/endpoint.ts'
import {
  askForCode,
  authorizeDevice,
  decide,
  decisionPath,
  devicePath,
  enterCode,
} from './device-answers.ts'
import { renderTokenError } from './error.ts'
import { renderPageError } from './page.ts'

/** The device authorization endpoint. RFC 8628 3.1. */
export const deviceAuthorizationEndpoint: EndpointGroup = {
  renderError: renderTokenError,
  readableBy: 'client',
  endpoints: [
    {
      path: '/oauth2/device_authorization',
      metadata: 'device_authorization_endpoint',
      handlers: { POST: authorizeDevice },
    },
  ],
}

/** The verification address, short enough to be typed, and where its pages post to. RFC 8628 3.3. */
export const deviceEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    {
      path: devicePath,
      handlers: {
        GET: askForCode,
        POST: enterCode,
      },
    },
    {
      path: decisionPath,
      handlers: { POST: decide },
    },
  ],
}
