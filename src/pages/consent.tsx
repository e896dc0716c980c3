// The consent page: who asks, for what, and where the browser goes next.

import { AccessList, type AskedAccess } from './asked-access.tsx'
import { ClientIdentity, ClientLinks, ClientLogo, ClientName, type ShownClient } from './client.tsx'
import { Destination } from './destination.tsx'
import { fill } from './fill.ts'
import { AllowOrDeny, type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import { type ShownUser, UserName } from './user.tsx'

type ConsentProps = AskedAccess & {
  form: Form
  client: ShownClient
  user: ShownUser
  redirectUri: string
  /** Whether the page also offers `decision=switch`. */
  canSwitch?: boolean
}

/** Renders the consent page. Posts `decision=allow` or `decision=deny`. */
export function consentPage(frame: Frame, consent: ConsentProps): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.consent.title,
    children: (
      <>
        <h1>{texts.consent.title}</h1>
        <p class="lead">
          <ClientLogo client={consent.client} />
          {fill(texts.consent.question, {
            client: <ClientName client={consent.client} texts={texts} />,
          })}
        </p>
        <p class="hint">
          <ClientIdentity client={consent.client} texts={texts} />
          <ClientLinks client={consent.client} texts={texts} />
        </p>
        {consent.client.runsOnDeviceOnly && <p>{texts.consent.runsOnDeviceOnly}</p>}
        <AccessList access={consent} texts={texts} />
        <Destination redirectUri={consent.redirectUri} texts={texts} />
        <PostForm form={consent.form}>
          <AllowOrDeny texts={texts} />
          <p class="hint">{texts.consent.revocable}</p>
          <div class="whoami">
            <span>{fill(texts.signedInAs, { user: <UserName user={consent.user} /> })}</span>
            {consent.canSwitch && (
              <button name="decision" value="switch" class="link">
                {texts.anotherAccount}
              </button>
            )}
          </div>
        </PostForm>
      </>
    ),
  })
}
