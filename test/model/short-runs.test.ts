// Short runs, many of them.
import '../support/cheap-derivations.ts'
import './stock-of-keys.ts'
import { itIsAsTheModelSays } from './suite.ts'

itIsAsTheModelSays({ runs: 1350, length: 2 })
