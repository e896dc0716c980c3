import './cheap-derivations.ts'
import { catchMails } from '../support/mails.ts'
import { runRaces } from './run-races.ts'
import { mailRaces } from './table/mail.ts'

catchMails()
runRaces(mailRaces())
