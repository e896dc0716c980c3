// Whole requests to the whole worker: right ones of every face, and every path that there is, with
// changes. `npm run fuzz` asks for more.
import fc from 'fast-check'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { inTime } from '../../src/federation/outbound.ts'
import { countIn } from '../support/counted.ts'
import { kindOf } from './engine.ts'
import { type Input, inputsNear, requestOf } from './requests/recipe.ts'
import { judgeAnswer } from './requests/judge.ts'
import { recipesOf } from './requests/recipes.ts'
import { formRecipes, routeRecipes } from './requests/routes.ts'
import { makeWorld, server } from './requests/world.ts'
import { promise } from './target.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** What a run has tried and found, for run.ts. */
    fuzz?: { target: string; inputs: number; outcomes: number; findings: unknown[] }
  }
}

const seed = Number(import.meta.env.VITE_FUZZ_SEED ?? 1)
const seconds = Number(import.meta.env.VITE_FUZZ_SECONDS ?? 0)
const usual = 800

const lines: string[] = []
beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text))
})
afterAll(() => vi.restoreAllMocks())

const pages = [
  '/admin',
  '/admin/users',
  '/admin/users/new',
  '/admin/clients/new',
  '/admin/providers',
]

/** People, clients and tokens, and all right requests of theirs. */
async function prepare() {
  const world = await makeWorld()
  const recipes = [
    ...recipesOf(world),
    ...routeRecipes(world),
    ...(await formRecipes(world.admin.agent, world.adminCookie, [...pages, '/admin/tokens'])),
    ...(await formRecipes(world.agent, world.cookie, ['/account', '/account/profile', '/device'])),
  ]
  const { secrets } = world
  const strip = (text: string): string =>
    secrets.reduce((left, one) => left.replaceAll(one, 'x'.repeat(one.length)), text)
  return { recipes, secrets, strip, byName: new Map(recipes.map((one) => [one.name, one])) }
}
type Prepared = Awaited<ReturnType<typeof prepare>>

/**
 * What a request that proves nothing may write: counts of limits, and a failed sign-in, of which one hour
 * has one row.
 */
const limits = /\b(?:sign_in_attempts|mail_counts|audit_events)\b/
const writing = /\b(?:INSERT|UPDATE|DELETE)\b/

/** Milliseconds after which a request counts as one that hangs. */
const patience = 25_000

async function judge({ byName, secrets, strip }: Prepared, input: Input): Promise<string> {
  const recipe = byName.get(input.recipe)
  const request = recipe === undefined ? null : await requestOf(recipe, input, strip)
  if (request === null) return 'no request'
  // Work that other requests left behind is not of this one.
  if (input.isStripped) await server.settled()
  lines.length = 0
  server.plan(() => null)
  const answer = await inTime(server.fetch(request.clone()), patience)
  const outcome = await judgeAnswer(answer, { request, secrets, lines })
  if (input.isStripped && answer.status >= 400) {
    await server.settled()
    const written = server.calls.filter(({ text }) => writing.test(text) && !limits.test(text))
    const isWritten = server.rowsWritten > 0 && written.length > 0
    promise(!isWritten, 'a request that proves nothing writes nothing', input.recipe, written)
  }
  return outcome
}

describe(`every answer keeps the rules, whatever is asked (seed ${seed})`, () => {
  it(
    'of every face',
    async (context) => {
      const found: unknown[] = []
      const outcomes = new Set<string>()
      const kinds = new Set<string>()
      let inputs = 0
      const end = Date.now() + seconds * 1_000
      for (let slice = 0; slice === 0 || Date.now() < end; slice++) {
        // What some requests end, such as a grant whose code comes twice, is there again.
        const prepared = await prepare()
        const property = fc.asyncProperty(inputsNear(prepared.recipes), async (input) => {
          inputs += 1
          try {
            outcomes.add(`${input.recipe}: ${await judge(prepared, input)}`)
          } catch (thrown) {
            // One of a kind is enough: the slice goes on.
            if (!kinds.has(kindOf(thrown))) throw thrown
          }
        })
        const result = await fc.check(property, { seed: seed + slice, numRuns: usual })
        await server.settled()
        if (!result.failed || result.counterexample === null) continue
        const rule = String(result.errorInstance).slice(0, 1_500)
        kinds.add(kindOf(result.errorInstance))
        const [input] = result.counterexample
        found.push({ rule, seed: seed + slice, input })
        if (found.length >= 12) break
      }
      countIn(context, { 'fuzz requests': inputs })
      const { meta } = context.task
      meta.fuzz = { target: 'requests', inputs, outcomes: outcomes.size, findings: found }
      expect(found).toEqual([])
    },
    120_000 + seconds * 2_000,
  )

  it('the database can be read after all of them', async () => {
    const { results } = await env.DB.prepare('SELECT count(*) AS users FROM users').all()
    expect(results).toEqual([{ users: expect.any(Number) }])
  })
})
