import { runRaces } from './run-races.ts'
import { screenRaces } from './table/screens.ts'

runRaces(await screenRaces())
