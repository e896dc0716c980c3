import { mailJobs } from './jobs/mail.ts'
import { mailLinkJobs } from './jobs/mail-links.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix([...mailJobs, ...mailLinkJobs])
