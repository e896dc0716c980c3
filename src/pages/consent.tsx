// The consent page: who asks, for what, and where the browser goes next.

import { ClientName, type ShownClient } from './client.tsx'
import { DetailList, type ShownDetail } from './details.tsx'
import { Destination, Place } from './destination.tsx'
import { fill } from './fill.ts'
import { AllowOrDeny, type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { ScopeList } from './scopes.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'
import { type ShownUser, UserName } from './user.tsx'

/** A resource (RFC 8707). Only the host of an unregistered one is shown. */
export type ShownResource = {
  uri: string
  isRegistered: boolean
  /** Its name, where the operator gave it one. */
  name?: string | undefined
}

type ConsentProps = {
  form: Form
  client: ShownClient
  user: ShownUser
  scopes: readonly string[]
  /** The resources that the access is for; absent or empty = this server itself. */
  resources?: readonly ShownResource[]
  /** What scopes of the resources let the client do, by scope. */
  scopeTexts?: ReadonlyMap<string, string>
  /** What exactly is asked for (RFC 9396). */
  details?: readonly ShownDetail[]
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
          {fill(texts.consent.question, {
            client: <ClientName client={consent.client} texts={texts} />,
          })}
        </p>
        <p class="hint">
          <Identity client={consent.client} texts={texts} />
        </p>
        {consent.client.runsOnDeviceOnly && <p>{texts.consent.runsOnDeviceOnly}</p>}
        <h2>{texts.consent.asks}</h2>
        <ScopeList scopes={consent.scopes} texts={texts} ofResources={consent.scopeTexts} />
        <DetailList details={consent.details ?? []} texts={texts} />
        <ResourceList resources={consent.resources ?? []} texts={texts} />
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

/** What is known of who the client is, besides the name that it gives itself. */
function Identity({ client, texts }: { client: ShownClient; texts: Texts }) {
  const { consent } = texts
  if (client.documentHost !== undefined) {
    return fill(consent.documentHost, { host: <Place>{client.documentHost}</Place> })
  }
  return client.verifiedHost === undefined
    ? consent.unverified
    : fill(consent.verifiedHost, { host: <Place>{client.verifiedHost}</Place> })
}

/** The resources that the access is for, a sentence each. */
export function ResourceList(props: { resources: readonly ShownResource[]; texts: Texts }) {
  const { consent } = props.texts
  // Several unregistered resources on one host have the same sentence, which is shown once.
  const sentences = new Map(
    props.resources.map(({ uri, isRegistered, name = uri }) => {
      const place = isRegistered ? name : URL.parse(uri)?.host || uri
      return [`${isRegistered} ${place}`, { place, isRegistered }]
    }),
  )
  return (
    <>
      {[...sentences.values()].map(({ place, isRegistered }) => (
        <p>
          {fill(isRegistered ? consent.resource : consent.unregisteredResource, {
            place: <Place>{place}</Place>,
          })}
        </p>
      ))}
    </>
  )
}
