// `postern stats`: how much the server is used.
import { objectsOf, totalOf } from '../json.ts'
import { onePage } from '../output.ts'
import type { Column } from '../table.ts'
import type { Noun } from '../verb.ts'

const columns: readonly Column[] = [
  { member: 'date', whole: true },
  { member: 'sign_ins', heading: 'sign-ins' },
  { member: 'refusals' },
  { member: 'active_users' },
  // They are counted by grant type, which `--json` has one by one.
  { member: 'tokens', show: (day) => String(totalOf(day, 'tokens')) },
]

export const stats: Noun = {
  name: 'stats',
  summary: 'Sign-ins and tokens by day',
  verbs: [
    {
      name: 'show',
      usual: true,
      summary:
        'Shows sign-ins, refusals, active users and tokens by day; the last three minutes may be missing',
      example: '--days 7',
      options: [{ flags: '--days <count>', summary: 'how many days (30)' }],
      run: async ({ api, output }, input) => {
        const answer = await api.get('/statistics', { days: input.count('days') })
        await output.list(onePage(objectsOf(answer, 'days')), columns)
      },
    },
  ],
}
