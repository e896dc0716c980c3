import { Place } from './destination.tsx'
import { displayName, Name } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

/** What a client says of itself, as addresses that may be shown. */
export type ClientFacts = {
  logoUrl?: string | undefined
  siteUrl?: string | undefined
  privacyUrl?: string | undefined
  termsUrl?: string | undefined
}

/**
 * A client as shown on pages. `name` is the registered name. `verifiedHost` is set only if the
 * client's ownership of that host was proved.
 */
export type ShownClient = ClientFacts & {
  name: string
  verifiedHost?: string
  /** Whether it only ever runs on the person's own device, where any program can take its place. */
  runsOnDeviceOnly?: true
  /** The host of the document by which the client is known. The name is what that host says. */
  documentHost?: string
}

/** A client and its start URL. */
export type LinkedApp = { client: ShownClient; href: string }

/** The client's name, or a text for a client whose name has no visible characters. */
export function ClientName(props: { client: ShownClient; texts: Texts; longest?: number }) {
  return displayName(props.client.name) ? (
    <Name longest={props.longest}>{props.client.name}</Name>
  ) : (
    <span>{props.texts.unnamedClient}</span>
  )
}

/** What is known of who the client is, besides the name that it gives itself. */
export function ClientIdentity({ client, texts }: { client: ShownClient; texts: Texts }) {
  const { consent } = texts
  if (client.documentHost !== undefined) {
    return fill(consent.documentHost, { host: <Place>{client.documentHost}</Place> })
  }
  return client.verifiedHost === undefined
    ? consent.unverified
    : fill(consent.verifiedHost, { host: <Place>{client.verifiedHost}</Place> })
}

/** The client's logo, a decoration beside its name; the browser loads it, and tells nobody from where. */
export function ClientLogo({ client: { logoUrl } }: { client: ShownClient }) {
  return logoUrl && <img class="app" src={logoUrl} alt="" referrerpolicy="no-referrer" />
}

/** The sentence that says where a person goes on to. */
export function ToClient({ client, texts }: { client: ShownClient; texts: Texts }) {
  return (
    <p class="lead">
      <ClientLogo client={client} />
      {fill(texts.toClient, { client: <ClientName client={client} texts={texts} /> })}
    </p>
  )
}

/** Links to the client's own pages; a website is shown by its host. */
export function ClientLinks({ client, texts }: { client: ShownClient; texts: Texts }) {
  const { siteUrl, privacyUrl, termsUrl } = client
  const links = [
    [siteUrl, siteUrl && <Place>{new URL(siteUrl).host}</Place>],
    [privacyUrl, texts.footer.privacy],
    [termsUrl, texts.footer.terms],
  ]
  return links.map(
    ([href, name]) =>
      href && (
        <>
          {' · '}
          <a href={String(href)} rel="noreferrer" target="_blank">
            {name}
          </a>
        </>
      ),
  )
}
