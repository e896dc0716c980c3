import './cheap-derivations.ts'
import { runRaces } from './run-races.ts'
import { peopleRaces } from './table/people.ts'

runRaces(await peopleRaces())
