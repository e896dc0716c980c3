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
