import { aspnet } from './aspnet.ts'
import { auth0Import } from './auth0-import.ts'
import { auth0 } from './auth0.ts'
import { clerk } from './clerk.ts'
import { cognito } from './cognito.ts'
import { csv } from './csv.ts'
import { devise } from './devise.ts'
import { django } from './django.ts'
import { firebase } from './firebase.ts'
import { fusionauth } from './fusionauth.ts'
import { keycloak } from './keycloak.ts'
import { laravel } from './laravel.ts'
import { ldif } from './ldif.ts'
import { okta } from './okta.ts'
import { postern } from './postern.ts'
import type { Source } from './source.ts'
import { supabase } from './supabase.ts'
import { werkzeug } from './werkzeug.ts'
import { wordpress } from './wordpress.ts'

/** All systems that users can come from. Adding one is its file and its line here. */
export const sources: readonly Source[] = [
  ...[auth0, auth0Import, keycloak, firebase, cognito, supabase, clerk, fusionauth, okta],
  ...[aspnet, django, wordpress, devise, werkzeug, laravel, ldif, csv, postern],
]
