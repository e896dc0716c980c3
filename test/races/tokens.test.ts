import { runRaces } from './run-races.ts'
import { tokenRaces } from './table/tokens.ts'

runRaces(await tokenRaces())
