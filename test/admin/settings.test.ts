// The settings as an operator reads them: every one that the worker knows, and no secret.
import { describe, expect, it } from 'vitest'
import { settingNames } from '../../src/dialects/configuration.ts'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { admin } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'

type Setting = { name: string; value: unknown; source: string }

const deployed = {
  DEVELOPMENT: undefined,
  INSECURE_LOOPBACK_PROVIDERS: undefined,
  OAUTH_ALLOWED_HOSTS: undefined,
  ISSUER: 'https://id.example.org',
}

async function settingsOf(environment: object): Promise<Setting[]> {
  const answer = await admin('GET', '/settings', undefined, new Server({ ...environment }).fetch)
  return (await answer.json<{ items: Setting[] }>()).items
}

const named = (settings: Setting[], ...names: string[]) =>
  settings.filter(({ name }) => names.includes(name))

describe('GET /admin/v1/settings', () => {
  it('has every setting that the worker reads, once', async () => {
    const settings = await settingsOf(deployed)
    expect(settings.map(({ name }) => name)).toEqual(settingNames())
    expect(settingNames()).toEqual([...new Set(settingNames())])
  })

  it('shows each value as it is in force, and whether anybody has set it', async () => {
    const settings = await settingsOf({
      ...deployed,
      SESSION_LIFETIME: '3600',
      REQUEST_LOG: 'false',
      HSTS: 'preload',
      WEBFINGER_DOMAINS: 'a.example, b.example',
      BRAND_LOGO_URL: '',
    })
    const names = ['ISSUER', 'SESSION_LIFETIME', 'REQUEST_LOG', 'HSTS', 'WEBFINGER_DOMAINS']
    const defaults = [
      'SESSION_IDLE_LIFETIME',
      'DEVELOPMENT',
      'CIMD',
      'BRAND_NAME',
      'BRAND_LOGO_URL',
    ]
    expect(named(settings, ...names, ...defaults)).toEqual([
      { name: 'DEVELOPMENT', value: false, source: 'default' },
      { name: 'ISSUER', value: 'https://id.example.org', source: 'variable' },
      { name: 'HSTS', value: 'preload', source: 'variable' },
      { name: 'REQUEST_LOG', value: false, source: 'variable' },
      { name: 'SESSION_LIFETIME', value: 3600, source: 'variable' },
      { name: 'SESSION_IDLE_LIFETIME', value: 86400, source: 'default' },
      { name: 'CIMD', value: 'on', source: 'default' },
      { name: 'WEBFINGER_DOMAINS', value: ['a.example', 'b.example'], source: 'variable' },
      { name: 'BRAND_NAME', value: 'Postern', source: 'default' },
      { name: 'BRAND_LOGO_URL', value: null, source: 'default' },
    ])
  })

  it('O19: says of a secret that it is set, and never what it is', async () => {
    const settings = await settingsOf(deployed)
    expect(named(settings, 'ADMIN_TOKEN', 'MASTER_KEY')).toEqual([
      { name: 'ADMIN_TOKEN', value: 'set', source: 'secret' },
      { name: 'MASTER_KEY', value: 'set', source: 'secret' },
    ])
    const text = JSON.stringify(settings)
    expect(text).not.toContain(testSettings.ADMIN_TOKEN)
    expect(text).not.toContain(testSettings.MASTER_KEY.slice(5))
  })

  it('changes nothing: settings belong to the deployment', async () => {
    for (const method of ['POST', 'PATCH', 'DELETE']) {
      const { status } = await read(await admin(method, '/settings', {}))
      expect({ method, status }).toEqual({ method, status: 405 })
    }
  })
})
