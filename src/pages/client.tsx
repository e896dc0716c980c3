import { Place } from './destination.tsx'
import { displayName, Name } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

/**
 * A client as shown on pages. `name` is the registered name. `verifiedHost` is set only if the
 * client's ownership of that host was proved.
 */
export type ShownClient = {
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
