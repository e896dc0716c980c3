// Device codes carry their facts, sealed: garbage, a foreign or an expired one is refused without
// storage. What the user decided is in the row of the request. RFC 8628 3.2.
import { utf8, utf8Text } from '../../crypto/encoding.ts'
import type { AuthorizationServer } from '../authorization-server.ts'

/** Raised with any change of the facts, so that a code of another format does not open. */
const format = 'device code 1'

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

/** Seals a device code. */
export const sealDeviceCode = async (
  as: AuthorizationServer,
  facts: DeviceCodeFacts,
): Promise<string> => `dc_${await as.keys.seal('device code', utf8(JSON.stringify(facts)), format)}`

/** Opens a device code. Returns null if this server did not issue it; the caller checks its expiry. */
export async function openDeviceCode(
  as: AuthorizationServer,
  code: string,
): Promise<DeviceCodeFacts | null> {
  if (!code.startsWith('dc_')) return null
  const opened = await as.keys.open('device code', code.slice(3), format)
  const text = opened === null ? null : utf8Text(opened)
  // A text that opens was sealed here, from facts of this format.
  return text === null ? null : JSON.parse(text)
}
