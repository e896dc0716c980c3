// What a client asks a person for: the same words wherever a person is asked.

import { DetailList, type ShownDetail } from './details.tsx'
import { Place } from './destination.tsx'
import { fill } from './fill.ts'
import { ScopeList } from './scopes.tsx'
import type { Texts } from './texts/en.ts'

/** A resource (RFC 8707). Only the host of an unregistered one is shown. */
export type ShownResource = {
  uri: string
  isRegistered: boolean
  /** Its name, where the operator gave it one. */
  name?: string | undefined
}

/** What a client asks for. */
export type AskedAccess = {
  scopes: readonly string[]
  /** The resources that the access is for; absent or empty = this server itself. */
  resources?: readonly ShownResource[]
  /** What scopes of the resources let the client do, by scope. */
  scopeTexts?: ReadonlyMap<string, string>
  /** What exactly is asked for (RFC 9396). */
  details?: readonly ShownDetail[]
}

/** Scopes, authorization details and resources, under their heading. */
export function AccessList({ access, texts }: { access: AskedAccess; texts: Texts }) {
  const { scopes, scopeTexts, details = [], resources = [] } = access
  return (
    <>
      <h2>{texts.consent.asks}</h2>
      <ScopeList scopes={scopes} texts={texts} ofOperator={scopeTexts} />
      <DetailList details={details} texts={texts} />
      <ResourceList resources={resources} texts={texts} />
    </>
  )
}

/** The resources that the access is for, a sentence each. */
function ResourceList(props: { resources: readonly ShownResource[]; texts: Texts }) {
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
