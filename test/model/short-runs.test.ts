// Short runs, many of them.
import './cheap-crypto.ts'
import { itIsAsTheModelSays } from './suite.ts'

itIsAsTheModelSays({ runs: 1350, length: 2 })
