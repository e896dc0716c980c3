// Longer runs: what only a third or fourth thing brings out.
import '../support/cheap-derivations.ts'
import './stock-of-keys.ts'
import { itIsAsTheModelSays } from './suite.ts'

itIsAsTheModelSays({ runs: 750, length: 8 })
