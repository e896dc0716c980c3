import { accountJobs } from './jobs/account.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix(accountJobs)
