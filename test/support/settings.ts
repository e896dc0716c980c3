/** The settings of the worker under test: development, all faces, secrets that open nothing else. */
export const testSettings = {
  DEVELOPMENT: 'true',
  ADMIN_TOKEN: 'an-admin-token-for-the-tests-alone',
  MASTER_KEY: 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  DIALECTS: 'turnstile,traffic-ops,comic-clan,cms,korap',
  TURNSTILE_CLIENT: 'c64',
  CMS_CLIENT: 'cms',
  INSECURE_LOOPBACK_PROVIDERS: 'true',
  PASSWORD_TRIES_PER_ADDRESS: '100000',
} as const
