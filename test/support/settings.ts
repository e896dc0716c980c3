import { fromBase64url } from '../../src/crypto/encoding.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { dialects } from '../../src/dialects/dialects.ts'

/** The settings of the worker under test: development, all faces, secrets that open nothing else. */
export const testSettings = {
  DEVELOPMENT: 'true',
  ADMIN_TOKEN: 'an-admin-token-for-the-tests-alone',
  MASTER_KEY: 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  DIALECTS: dialects.map(({ name }) => name).join(','),
  ...Object.fromEntries(dialects.flatMap(({ demo }) => Object.entries(demo.settings))),
  INSECURE_LOOPBACK_PROVIDERS: 'true',
  PASSWORD_TRIES_PER_ADDRESS: '100000',
  REGISTRATIONS_PER_ADDRESS: '100000',
}

/** The keys that the worker under test seals with. */
export function testKeys(): KeyRing {
  const [id = '', text = ''] = testSettings.MASTER_KEY.split(':')
  const bytes = fromBase64url(text)
  if (bytes === null) throw new Error('MASTER_KEY of the tests is no base64url')
  return new KeyRing([{ id, bytes }])
}
