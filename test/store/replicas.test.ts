// D1 reads a replica only by way of a session, and what a replica says may be old.
import { expect, it } from 'vitest'

it('F14: no query is sent to a replica: nothing opens a session of D1', () => {
  const sources = import.meta.glob<string>('../../src/**/*.{ts,tsx}', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  const files = Object.entries(sources)
  expect(files.length).toBeGreaterThan(300)
  expect(files.filter(([, text]) => text.includes('withSession')).map(([path]) => path)).toEqual([])
})
