import { otherJobs } from './jobs/others.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix(otherJobs)
