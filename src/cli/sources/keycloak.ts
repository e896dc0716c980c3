// A Keycloak realm export: one file, or a directory with the realm and 50 users a file.
import { isObject } from '../json.ts'
import { identitiesOf } from './identities.ts'
import { keycloakPassword, keycloakTotp } from './keycloak-credentials.ts'
import { flagOf, joinedName, listOf, membersOf, singleValues, textOf } from './members.ts'
import { mapped } from './member-map.ts'
import type { Source } from './source.ts'

export const keycloak: Source = {
  name: 'keycloak',
  subject: 'id',
  recognises: ({ documentNames, names, format }) =>
    format === 'document' &&
    names.has('username') &&
    (documentNames.has('realm') || names.has('createdTimestamp') || names.has('requiredActions')),
  read: (user) => {
    const isService =
      textOf(user['serviceAccountClientId']) !== undefined ||
      textOf(user['username'])?.startsWith('service-account-') === true
    if (isService) return { skipped: 'service_account' }
    const credentials = listOf(user['credentials']).filter(isObject)
    const mustChange = listOf(user['requiredActions']).includes('UPDATE_PASSWORD')
    const password = keycloakPassword(credentials, mustChange)
    const totp = keycloakTotp(credentials)
    const identities = identitiesOf(user['federatedIdentities'], {
      provider: 'identityProvider',
      subject: ['userId'],
    })
    const isFederated = password === undefined && identities.length > 0
    const draft = mapped(user, {
      external_id: ['id'],
      username: ['username'],
      email: ['email'],
      email_verified: ['emailVerified'],
      created_at: ['createdTimestamp'],
    })
    return {
      ...draft,
      name: joinedName(user['firstName'], user['lastName']),
      disabled: flagOf(user['enabled']) === false,
      ...(isFederated ? {} : (password ?? { password: { reset: true } })),
      ...totp,
      identities,
      metadata: [singleValues(membersOf(user['attributes'])), user],
    }
  },
}
