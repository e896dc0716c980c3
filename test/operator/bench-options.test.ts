import { expect, it } from 'vitest'
import { readOptions } from '../bench/options.ts'

it.each([
  ['--jobs=nope'],
  ['--jobs=JWKS,nope'],
  ['--rounds=many'],
  ['--rounds=1.5'],
  ['--lanes=0'],
  ['--seconds='],
  ['--scales=1000,all'],
  ['--d1=-1'],
  ['--unknown'],
  ['stray'],
])('npm run bench refuses what it cannot measure in one line: %s', (parameter) => {
  expect(() => readOptions([parameter])).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^[^\n]+$/) }),
  )
})

it('npm run bench finds a job that has a comma in its name', () => {
  expect(readOptions(['--jobs=authorize, signed in,JWKS'])).toMatchObject({
    jobs: ['authorize, signed in', 'JWKS'],
  })
})
