import './cheap-derivations.ts'
import { runRaces } from './run-races.ts'
import { limitRaces } from './table/limits.ts'

runRaces(await limitRaces())
