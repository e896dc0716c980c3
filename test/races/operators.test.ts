import { runRaces } from './run-races.ts'
import { operatorRaces } from './table/operators.ts'

runRaces(operatorRaces())
