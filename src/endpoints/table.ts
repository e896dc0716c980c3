// Every endpoint beside the account's pages, the dialects and the operator's interface. Routes and server metadata derive
// from this table; the metadata list the addresses in its order.
import type { Settings } from '../core/server/settings.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { assetEndpoints } from './assets.ts'
import { authorizeEndpoint } from './authorize.ts'
import { deviceAuthorizationEndpoint, deviceEndpoints } from './device.ts'
import { keySetEndpoint, metadataEndpoints } from './discovery.ts'
import { healthEndpoints } from './health.ts'
import { homeEndpoint } from './home.ts'
import { introspectionEndpoint } from './introspection.ts'
import { logoutEndpoints } from './logout.ts'
import { registrationEndpoint, registrationManagement } from './registration.ts'
import { pushedRequestEndpoint } from './pushed-request.ts'
import { revocationEndpoint } from './revocation.ts'
import { siteEndpoints } from './site.ts'
import { stepEndpoints } from './steps.ts'
import { tokenEndpoint } from './token.ts'
import { providerSignInEndpoints } from './provider-sign-in.ts'
import { userinfoEndpoint } from './userinfo.ts'
import { webfingerEndpoint } from './webfinger.ts'

/** Returns the endpoints of one isolate. */
export function endpointGroups(settings: Settings): readonly EndpointGroup[] {
  const groups = [
    authorizeEndpoint,
    pushedRequestEndpoint,
    tokenEndpoint,
    keySetEndpoint,
    userinfoEndpoint,
    introspectionEndpoint,
    revocationEndpoint,
    deviceAuthorizationEndpoint,
    ...(settings.registration.mode === 'closed' ? [] : [registrationEndpoint]),
    registrationManagement,
    logoutEndpoints,
    stepEndpoints,
    homeEndpoint,
    deviceEndpoints,
    providerSignInEndpoints,
    assetEndpoints,
    siteEndpoints,
    webfingerEndpoint,
    healthEndpoints(),
  ]
  return [...groups, metadataEndpoints(groups)]
}
