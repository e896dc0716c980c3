import { dialect } from '../dialect.ts'
import { demo } from './demo.ts'
import { comicClanDialect } from './face.ts'
import { comicClanScopes } from './scopes.ts'

export const comicClan = dialect({
  name: 'comic-clan',
  settings: () => undefined,
  mount: comicClanDialect,
  scopes: comicClanScopes,
  demo,
})
