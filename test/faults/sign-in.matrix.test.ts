import { signInJobs } from './jobs/sign-in.ts'
import { stepJobs } from './jobs/steps.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix([...signInJobs, ...stepJobs])
