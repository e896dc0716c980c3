import { adminJobs } from './jobs/admin.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix(adminJobs)
