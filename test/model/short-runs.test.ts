// Short runs, many of them: half of the machine's cores.
import './cheap-crypto.ts'
import { itIsAsTheModelSays } from './suite.ts'

itIsAsTheModelSays(4)
