// Device codes carry their facts, sealed: garbage, a foreign or an expired one is refused without
// storage. What the user decided is in the row of the request. RFC 8628 3.2.
import { SealedFacts } from './sealed-facts.ts'

/** The facts that a device code carries. `expiresAt` in seconds. */
export type DeviceCodeFacts = {
  /** 256 random bits: storage has their digest. */
  id: string
  clientId: string
  /** What the device asked for; the user may have granted less. */
  scope: readonly string[]
  resource: readonly string[]
  /** As `keptDetails` writes it. */
  authorizationDetails?: string | undefined
  expiresAt: number
}

/** Device codes. Whoever opens one checks whether it has expired. */
export const deviceCodes = new SealedFacts<DeviceCodeFacts>({
  purpose: 'device code',
  format: 'device code 1',
  prefix: 'dc_',
})
