import { consoleFormJobs, consoleScreenJobs } from './jobs/console.ts'
import { faultMatrix } from './matrix/run.ts'

faultMatrix([...consoleScreenJobs, ...consoleFormJobs])
