// Applies a configuration: reads, compares, shows the plan, and does it object by object.
import { isDeepStrictEqual } from 'node:util'
import type { AdminApi } from '../admin-api.ts'
import { Failure } from '../failure.ts'
import type { JsonObject } from '../json.ts'
import { printable } from '../printable.ts'
import type { Context } from '../verb.ts'
import { type Declared, checkConfiguration } from './configuration.ts'
import { differenceOf } from './difference.ts'
import { addressOf } from './kinds.ts'
import {
  type Plan,
  type Step,
  type Wishes,
  changedMeanwhile,
  objectOf,
  placeOf,
  planOf,
} from './plan.ts'
import { readConfiguration } from './read-file.ts'
import { needsSecret } from './secrets.ts'

const signs = { create: '+', change: '~', delete: '-' } as const

/**
 * Applies the configuration in a file, or only says what that would change.
 * @throws Failure; what was done before stays, and the report names it
 */
export async function applyConfiguration(
  context: Context,
  path: string,
  { isDry, ...wishes }: Wishes & { isDry: boolean },
): Promise<void> {
  const { api, say } = context
  const configuration = await checkConfiguration(api, path, await readConfiguration(path))
  const plan = await planOf(api, path, configuration, wishes, process.env)
  const { steps } = plan
  const isTable = context.output.format === 'table'
  if (isTable) await context.output.write(steps.map((step) => `${lineOf(step)}\n`).join(''))
  if (steps.length === 0) say('Nothing to do.')
  let done = 0
  try {
    if (steps.length > 0 && isDry) say('A dry run: nothing was changed.')
    if (steps.length === 0 || isDry) return
    await confirmDeletions(context, steps)
    for (const step of steps) {
      await perform(context, step)
      done++
    }
    say(`Done: ${done} of ${steps.length}.`)
  } catch (cause) {
    if (done > 0) say(`Done: ${done} of ${steps.length}. The same command does the rest.`)
    throw cause
  } finally {
    if (!isTable) await context.output.object(reportOf(plan, done, isDry))
  }
}

function lineOf(step: Step): string {
  const { kind, name } = objectOf(step)
  const members = step.members.length === 0 ? '' : `: ${step.members.join(', ')}`
  return printable(`${signs[step.action]} ${kind.one} ${name}${members}`)
}

const reportOf = ({ steps, manager }: Plan, done: number, isDry: boolean): JsonObject => ({
  managed_by: manager,
  dry_run: isDry,
  done,
  changes: steps.map((step, index) => {
    const { kind, name } = objectOf(step)
    const { action, members } = step
    return { action, kind: kind.member, name, members, done: index < done }
  }),
})

async function confirmDeletions({ confirm }: Context, steps: readonly Step[]): Promise<void> {
  const count = steps.filter(({ action }) => action === 'delete').length
  if (count > 0) await confirm(`Delete ${count} ${count === 1 ? 'object' : 'objects'}?`)
}

async function perform(context: Context, step: Step): Promise<void> {
  try {
    if (step.action === 'create') return await create(context, step)
    const address = addressOf(objectOf(step).kind, step.present)
    await requireUnchanged(context.api, address, step)
    if (step.action === 'change') return await change(context, step, address)
    await context.api.call('DELETE', { path: address })
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.message.startsWith(placeOf(step))) throw failure
    throw new Failure(failure.outcome, `${placeOf(step)}: ${failure.message}`, failure.lines)
  }
}

async function create(
  { api, say }: Context,
  { declared, body }: Extract<Step, { action: 'create' }>,
): Promise<void> {
  const { kind, name, path, secretIn } = declared
  // A draw of the server's needs a key to be the same twice; only clients have one.
  const repeatable = kind.member === 'clients' ? 'key' : false
  const answer = await api.call('POST', { path: kind.path, body, repeatable })
  if (kind.member === 'clients' && needsSecret(answer.body) && secretIn === undefined) {
    say(
      `${path} has a secret that nobody knows, for the file names none. For one that is shown:\n` +
        `  npx postern clients rotate-secret ${name}`,
    )
  }
  await settle({ api, say }, declared, answer.body)
}

async function change(
  { api, say }: Context,
  { declared, patch }: Extract<Step, { action: 'change' }>,
  path: string,
): Promise<void> {
  const answer = await api.call('PATCH', { path, body: patch })
  await settle({ api, say }, declared, answer.body)
}

/**
 * Sends what one change undid of another: a new e-mail address, for one, is not verified. What still
 * differs then has a default or another normal form, so that the file would never be done.
 */
async function settle(
  { api, say }: Pick<Context, 'api' | 'say'>,
  { kind, members, path }: Declared,
  answer: JsonObject,
): Promise<void> {
  const left = differenceOf(answer, members)
  if (Object.keys(left).length === 0) return
  const address = addressOf(kind, answer)
  const settled = await api.call('PATCH', { path: address, body: left })
  for (const member of Object.keys(differenceOf(settled.body, members))) {
    say(`${path}.${member} is kept by the server in another form: see npx postern config export`)
  }
}

/**
 * Demands that an object is as the plan found it. Between this and the write lies one request: there
 * the server merges, so that another's change of other members stays.
 * @throws Failure (conflict)
 */
async function requireUnchanged(
  api: AdminApi,
  address: string,
  step: Exclude<Step, { action: 'create' }>,
): Promise<void> {
  const { status, body: now } = await api.call('GET', { path: address, accepted: [404] })
  const compared = step.action === 'delete' ? [] : Object.keys(step.declared.members)
  const isAsPlanned = ['managed_by', ...compared].every((member) =>
    isDeepStrictEqual(now[member], step.present[member]),
  )
  if (status === 404 || !isAsPlanned) throw changedMeanwhile(step)
}
