import { mailJobs } from './jobs/mail.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix(mailJobs)
