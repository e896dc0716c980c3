import { programJobs } from './jobs/programs.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix(programJobs)
