// `postern stats`: how much the server is used.
import type { Noun } from '../verb.ts'

export const stats: Noun = {
  name: 'stats',
  summary: 'How much the server is used',
  verbs: [
    {
      name: 'show',
      usual: true,
      summary: 'Shows sign-ins, refusals, tokens and active users by day',
      example: '--days 7',
      options: [{ flags: '--days <count>', summary: 'how many days (30)' }],
      run: async ({ api, output }, input) => {
        await output.object(await api.get('/statistics', { days: input.count('days') }))
      },
    },
  ],
}
