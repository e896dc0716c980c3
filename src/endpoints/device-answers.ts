// What devices and their users are answered. A user signs in before a page says anything about a code:
// it would tell a stranger which codes are in use, and for which app.
import {
  type FoundDevice,
  type ShownDevice,
  decideDevice,
  findDevice,
  requestDevice,
} from '../core/authorization/device.ts'
import type { PagePath } from '../core/authorization/screen.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { demandOfClient } from '../core/tokens/acr.ts'
import { storedDetails } from '../core/tokens/details.ts'
import { readUserCode } from '../crypto/user-code.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { formTokenInput, isOwnForm } from '../http/browser.ts'
import { readForm, readQuery } from '../http/form.ts'
import {
  type DeviceRefusal,
  deviceConfirmationPage,
  deviceDecidedPage,
  devicePage,
} from '../pages/device.tsx'
import { OAuthError } from '../protocol/error.ts'
import { isRepeatable } from '../protocol/parameters.ts'
import { askedAccess } from './asked-access.ts'
import { clientFacts } from './client-facts.ts'
import { readClientRequest } from './client-request.ts'
import { visitorOf } from './own-form.ts'
import { keptFrom } from './kept-from.ts'
import { frameOf, page, picksLanguage, refuse, shownClient, shownUser } from './page.ts'

/** The verification address, short enough to be typed. RFC 8628 3.3 */
export const devicePath = '/device'

/** Where the page that asks about a device posts to. */
export const decisionPath = '/device/decision'

/** Answers a device that asks for its codes. RFC 8628 3.1, 3.2. */
export async function authorizeDevice(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const { client, parameters, spends } = await readClientRequest(context, {
    mayRepeat: isRepeatable,
  })
  const device = await requestDevice(as, client, parameters, spends)
  const body = {
    device_code: device.deviceCode,
    user_code: device.userCode,
    verification_uri: as.issuer + devicePath,
    verification_uri_complete: as.issuer + pathWith(device.userCode),
    expires_in: device.expiresIn,
    interval: device.interval,
  }
  return context.json(body, 200, noStore)
}

/** Returns the page for a code, which it carries on through a sign-in. */
const pathWith = (userCode: string): PagePath => `${devicePath}?user_code=${userCode}`

const pathFor = (typed: string): PagePath => {
  const userCode = readUserCode(typed)
  return userCode === null ? devicePath : pathWith(userCode)
}

/**
 * Asks for a code. One that is in the address is filled in and not looked at: a link alone must lead
 * nobody to the question (RFC 8628 5.4).
 */
export async function askForCode(context: FaceContext): Promise<Response> {
  const userCode = readUserCode(readQuery(context.req.raw).get('user_code') ?? '') ?? ''
  const visitor = await visitorOf(context, pathFor(userCode))
  return visitor instanceof Response ? visitor : showCodePage(context, userCode)
}

/** Takes the code that a user has typed, and asks them about the device. */
export async function enterCode(context: FaceContext): Promise<Response> {
  const form = await readForm(context.req.raw)
  const typed = form.get('user_code') ?? ''
  if (!(await isOwnForm(context, form, devicePath))) {
    return refuse(context, 'forgery', 403, { startAgainHref: pathFor(typed) })
  }
  const visitor = await visitorOf(context, pathFor(typed))
  if (visitor instanceof Response) return visitor
  if (picksLanguage(context, form)) return showCodePage(context, typed)
  const found = await foundBy(context, visitor, typed)
  if (found instanceof Response) return found
  if (found.outcome !== 'found') return refuseCode(context, typed, found)
  const { required } = demandOfClient(found.client)
  return (
    (await keptFrom(context, pathFor(typed), visitor, required)) ??
    showDevice(context, visitor, found)
  )
}

/** Finds the device, or shows that this user may grant nothing of what it asks for. */
async function foundBy(
  context: FaceContext,
  visitor: SessionStanding,
  typed: string,
): Promise<FoundDevice | Response> {
  try {
    return await findDevice(context.env.as, visitor, typed)
  } catch (thrown) {
    return refuseUser(context, thrown)
  }
}

/** Shows that the user may grant nothing of what was asked for. @throws anything but invalid_scope */
function refuseUser(context: FaceContext, thrown: unknown): Promise<Response> {
  if (thrown instanceof OAuthError && thrown.code === 'invalid_scope') {
    return refuse(context, 'denied', 403, { startAgainHref: devicePath })
  }
  throw thrown
}

function refuseCode(
  context: FaceContext,
  typed: string,
  found: Exclude<FoundDevice, { outcome: 'found' }>,
): Promise<Response> {
  if (found.outcome === 'unknown') {
    return showCodePage(context, typed, { reason: 'unknown_code' })
  }
  const { retryAfter } = found
  context.header('Retry-After', String(retryAfter))
  return showCodePage(context, typed, { reason: 'throttled', retryAfter })
}

async function showCodePage(
  context: FaceContext,
  userCode: string,
  refusal?: DeviceRefusal,
): Promise<Response> {
  const address = context.req.method === 'GET' ? undefined : devicePath
  const html = devicePage(await frameOf(context, undefined, address), {
    form: { action: devicePath, hidden: [await formTokenInput(context, devicePath)] },
    userCode,
    ...(refusal === undefined ? {} : { refusal }),
  })
  const refused = refusal?.reason === 'throttled' ? 429 : 400
  return page(context, html, refusal === undefined ? 200 : refused)
}

async function showDevice(
  context: FaceContext,
  standing: SessionStanding,
  { client, userCode, scope, targets, request }: Extract<FoundDevice, { outcome: 'found' }>,
): Promise<Response> {
  const shown: ShownDevice = { userCode, clientId: client.id, scope: scope.join(' ') }
  const { address, userAgent } = request
  const details = storedDetails(request.authorizationDetails)
  const shownAs = { ...shownClient(client), ...clientFacts(context.env.as, client) }
  const frame = await frameOf(context, undefined, pathWith(userCode))
  const html = deviceConfirmationPage(frame, {
    form: {
      action: decisionPath,
      hidden: [
        ['user_code', userCode],
        ['client_id', shown.clientId],
        ['scope', shown.scope],
        await formTokenInput(context, purposeOf(standing, shown)),
      ],
    },
    client: shownAs,
    user: shownUser(standing.user),
    ...(await askedAccess(context.env.as, client, { scope, targets, details }, frame.language)),
    userCode,
    origin: userAgent === null ? { address } : { address, userAgent },
  })
  return page(context, html, 200, shownAs.logoUrl)
}

/**
 * Returns what the token of a decision proves: that this was shown to this session in this browser.
 */
const purposeOf = ({ session }: SessionStanding, shown: ShownDevice): string =>
  JSON.stringify([decisionPath, session.id, shown.userCode, shown.clientId, shown.scope])

/** Takes the decision of a user; anything but an explicit yes is a no. */
export async function decide(context: FaceContext): Promise<Response> {
  const form = await readForm(context.req.raw)
  const userCode = form.get('user_code') ?? ''
  const shown = {
    userCode,
    clientId: form.get('client_id') ?? '',
    scope: form.get('scope') ?? '',
  }
  const visitor = await visitorOf(context, pathFor(userCode))
  if (visitor instanceof Response) return visitor
  if (!(await isOwnForm(context, form, purposeOf(visitor, shown)))) {
    return refuse(context, 'forgery', 403, { startAgainHref: pathFor(userCode) })
  }
  try {
    const decision = form.get('decision') === 'allow' ? 'allowed' : 'denied'
    const stands = await decideDevice(context.env.as, visitor, shown, decision)
    return stands === null
      ? await showCodePage(context, userCode, { reason: 'unknown_code' })
      : await page(
          context,
          deviceDecidedPage(await frameOf(context, undefined, devicePath), stands),
        )
  } catch (thrown) {
    return refuseUser(context, thrown)
  }
}
