import { signInJobs } from './jobs/sign-in.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix(signInJobs)
