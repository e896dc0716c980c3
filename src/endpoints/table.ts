// Every endpoint beside the dialects and the operator's interface. Routes and server metadata derive
// from this table; the metadata list the addresses in its order.
import type { Settings } from '../core/server/settings.ts'
import type { Endpoint, EndpointGroup } from '../http/endpoint.ts'
import { emailEndpoints } from './account-email.ts'
import { deletionEndpoint } from './account-leaving.ts'
import { accountEndpoints } from './account.ts'
import { assetEndpoints } from './assets.ts'
import { authorizeEndpoint } from './authorize.ts'
import { deviceAuthorizationEndpoint, deviceEndpoints } from './device.ts'
import { keySetEndpoint, metadataEndpoints } from './discovery.ts'
import { verificationEndpoints } from './email-verification.ts'
import { forgotEndpoints } from './forgot.ts'
import { healthEndpoints } from './health.ts'
import { introspectionEndpoint } from './introspection.ts'
import { logoutEndpoints } from './logout.ts'
import { mailActionEndpoints } from './mail-actions.ts'
import { renderPageError } from './page.ts'
import { passkeyEndpoints } from './passkeys.ts'
import { registrationEndpoint, registrationManagement } from './registration.ts'
import { pushedRequestEndpoint } from './pushed-request.ts'
import { revocationEndpoint } from './revocation.ts'
import { secondFactorEndpoints } from './second-factors.ts'
import { siteEndpoints } from './site.ts'
import { stepEndpoints } from './steps.ts'
import { tokenEndpoint } from './token.ts'
import { providerSignInEndpoints } from './provider-sign-in.ts'
import { userinfoEndpoint } from './userinfo.ts'
import { webfingerEndpoint } from './webfinger.ts'

/** Pages that a deployment may lack. */
const pageGroup = (endpoints: readonly Endpoint[]): EndpointGroup => ({
  renderError: renderPageError,
  endpoints,
})

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
    accountEndpoints,
    passkeyEndpoints,
    ...(settings.factors.mfa === 'off' ? [] : [secondFactorEndpoints]),
    ...(settings.mail.transport === null ? [] : [pageGroup(emailEndpoints)]),
    ...(settings.people.selfDelete ? [pageGroup([deletionEndpoint])] : []),
    mailActionEndpoints,
    ...(settings.mail.transport === null ? [] : [forgotEndpoints, verificationEndpoints]),
    deviceEndpoints,
    providerSignInEndpoints,
    assetEndpoints,
    siteEndpoints,
    webfingerEndpoint,
    healthEndpoints(),
  ]
  return [...groups, metadataEndpoints(groups)]
}
