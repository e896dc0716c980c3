import { tokenJobs } from './jobs/tokens.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix(tokenJobs)
