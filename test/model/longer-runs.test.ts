// Longer runs: what only a third or fourth thing brings out.
import './cheap-crypto.ts'
import { itIsAsTheModelSays } from './suite.ts'

itIsAsTheModelSays({ runs: 750, length: 8 })
