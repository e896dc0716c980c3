// Every noun of the command line. A new one is a file here and a line in this table.
import type { Noun } from '../verb.ts'
import { clients } from './clients.ts'
import { config } from './config.ts'
import { events } from './events.ts'
import { exporting } from './export.ts'
import { grants } from './grants.ts'
import { health } from './health.ts'
import { imports } from './import.ts'
import { keys } from './keys.ts'
import { providers } from './providers.ts'
import { sessions } from './sessions.ts'
import { stats } from './stats.ts'
import { tokens } from './tokens.ts'
import { users } from './users.ts'

export const nouns: readonly Noun[] = [
  users,
  clients,
  grants,
  sessions,
  providers,
  keys,
  tokens,
  events,
  imports,
  exporting,
  config,
  stats,
  health,
]
