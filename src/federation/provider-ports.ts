// The ports in the addresses of a provider's configuration, which the operator thereby allows.
import type { ProviderConfiguration } from '../core/providers/configuration.ts'

/** Returns the ports that a provider's configuration allows besides 443. */
export function providerPorts(configuration: ProviderConfiguration): number[] {
  const { issuer, token_url, key_set_host } = configuration
  const keySetUrl = key_set_host === undefined ? undefined : `https://${key_set_host}`
  return [issuer, token_url, keySetUrl].flatMap((text) => {
    const port = text === undefined || !URL.canParse(text) ? '' : new URL(text).port
    // Lower ports belong to system services, never to a provider.
    return Number(port) < 1024 ? [] : [Number(port)]
  })
}
