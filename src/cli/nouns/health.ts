// `postern health`: whether the server can serve.
import { Failure } from '../failure.ts'
import type { Noun } from '../verb.ts'

export const health: Noun = {
  name: 'health',
  summary: 'Whether the server can serve',
  verbs: [
    {
      name: 'show',
      usual: true,
      summary: 'Shows whether the server is ready, and what fails if it is not',
      example: '',
      run: async ({ api, output }) => {
        const call = { path: '/health/ready', repeatable: false, accepted: [503] }
        const { status, body } = await api.call('GET', call)
        await output.object(body)
        if (status !== 200) throw new Failure('refused', 'the server is not ready')
      },
    },
  ],
}
