// The pages of the device flow (RFC 8628 3.3): enter the code, confirm the device, result.

import { browserName } from './browser-name.ts'
import { AccessList, type AskedAccess } from './asked-access.tsx'
import { ClientIdentity, ClientLogo, ClientName, type ShownClient } from './client.tsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { Alert, AllowOrDeny, Field, type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import { Throttled } from './throttled.tsx'
import { type ShownUser, UserName } from './user.tsx'

/** Why the last code was refused. `retryAfter` is in seconds. */
export type DeviceRefusal = { reason: 'unknown_code' } | { reason: 'throttled'; retryAfter: number }

type DeviceProps = { form: Form; userCode?: string; refusal?: DeviceRefusal }

/** Posts `user_code`, as typed. */
export function devicePage(frame: Frame, device: DeviceProps): string {
  const texts = textsIn(frame.language)
  const { refusal } = device
  return renderDocument({
    frame,
    title: texts.device.title,
    isRefusal: refusal !== undefined,
    typedForm: 'device',
    scripts: refusal?.reason === 'throttled' ? ['wait'] : [],
    children: (
      <>
        <h1>{texts.device.title}</h1>
        <p class="lead">{texts.device.introduction}</p>
        {refusal?.reason === 'unknown_code' && (
          <Alert id="refusal">{texts.device.unknownCode}</Alert>
        )}
        <Throttled frame={frame} refusal={refusal} />
        <PostForm form={device.form} id="device">
          <Field
            name="user_code"
            label={texts.device.userCode}
            autocomplete="off"
            enterkeyhint="go"
            class="code"
            value={device.userCode}
            refusedBy={refusal?.reason === 'unknown_code' ? 'refusal' : undefined}
            autofocus
          />
          <button disabled={refusal?.reason === 'throttled'}>{texts.device.submit}</button>
        </PostForm>
      </>
    ),
  })
}

type DeviceConfirmationProps = AskedAccess & {
  form: Form
  client: ShownClient
  user: ShownUser
  /** The code as the device shows it. */
  userCode: string
  /** Where the request came from; `userAgent` absent = it did not say. */
  origin: { address: string; userAgent?: string }
}

/**
 * Posts `decision=allow` or `decision=deny`. Also shown if the URL contained the code (RFC 8628
 * 3.3.1).
 */
export function deviceConfirmationPage(frame: Frame, device: DeviceConfirmationProps): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.device.confirmTitle,
    children: (
      <>
        <h1>{texts.device.confirmTitle}</h1>
        <p class="lead">
          <ClientLogo client={device.client} />
          {fill(texts.device.confirmQuestion, {
            client: <ClientName client={device.client} texts={texts} />,
          })}
        </p>
        <p class="usercode">{displayName(device.userCode)}</p>
        <p>{texts.device.confirmWarning}</p>
        <p class="hint">
          <ClientIdentity client={device.client} texts={texts} />{' '}
          {fill(texts.device.askedFrom, {
            address: <bdi>{displayName(device.origin.address)}</bdi>,
            browser: browserName(device.origin.userAgent ?? '', texts),
          })}
        </p>
        <AccessList access={device} texts={texts} />
        <PostForm form={device.form}>
          <AllowOrDeny texts={texts} />
          <p class="hint">{texts.consent.revocable}</p>
          <div class="whoami">
            <span>{fill(texts.signedInAs, { user: <UserName user={device.user} /> })}</span>
          </div>
        </PostForm>
      </>
    ),
  })
}

/** The result of the decision. */
export function deviceDecidedPage(frame: Frame, decision: 'allowed' | 'denied'): string {
  const texts = textsIn(frame.language)
  const allowed = decision === 'allowed'
  const title = allowed ? texts.device.allowedTitle : texts.device.deniedTitle
  return renderDocument({
    frame,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead">{allowed ? texts.device.allowedHint : texts.device.deniedHint}</p>
      </>
    ),
  })
}
