import { displayName, Name } from './display-name.tsx'
import type { Texts } from './texts/en.ts'

/**
 * A client as pages show it. `name` is whatever it registered; `verifiedHost` is set only where its
 * ownership of that host was proved.
 */
export type ShownClient = {
  name: string
  verifiedHost?: string
  /** Whether it only ever runs on the person's own device, where any program can take its place. */
  runsOnDeviceOnly?: true
}

/** A client with the address at which it begins. */
export type LinkedApp = { client: ShownClient; href: string }

/** The client's name, or words for a client whose name has nothing visible in it. */
export function ClientName(props: { client: ShownClient; texts: Texts; longest?: number }) {
  return displayName(props.client.name) ? (
    <Name longest={props.longest}>{props.client.name}</Name>
  ) : (
    <span>{props.texts.unnamedClient}</span>
  )
}
