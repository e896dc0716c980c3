// The ports that an operator has listed by writing them into a provider's addresses.
import type { ProviderConfiguration } from '../core/providers/configuration.ts'

export function providerPorts(configuration: ProviderConfiguration): number[] {
  const { issuer, token_url, key_set_host } = configuration
  const keySetUrl = key_set_host === undefined ? undefined : `https://${key_set_host}`
  return [issuer, token_url, keySetUrl].flatMap((text) => {
    const port = text === undefined || !URL.canParse(text) ? '' : new URL(text).port
    // Below are the services of machines, none of them a provider's.
    return Number(port) < 1024 ? [] : [Number(port)]
  })
}
