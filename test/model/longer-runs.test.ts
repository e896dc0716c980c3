// Longer runs: what only a third or fourth thing brings out.
import './cheap-crypto.ts'
import { itIsAsTheModelSays } from './suite.ts'

itIsAsTheModelSays(8)
