// The verbs that most nouns have. A new one is a path and its texts.
import type { Query } from './admin-api.ts'
import { misuse } from './failure.ts'
import type { Input } from './input.ts'
import type { JsonObject } from './json.ts'
import type { Column } from './table.ts'
import type { Context, Option, Parameter, Verb } from './verb.ts'

/** How many items a list shows unless it is asked for more. */
const usualLimit = 50

/** The options of every list. */
const pageOptions: readonly Option[] = [
  { flags: '--limit <count>', summary: `how many to list (${usualLimit} unless --all)` },
  { flags: '--all', summary: 'list every one' },
  { flags: '--cursor <cursor>', summary: 'continue after a page: its next_cursor' },
]

type Texts = Pick<Verb, 'summary' | 'example'> & { name?: string }

/** A list: its filters are options, and `query` says what they are on the wire. */
export type ListVerb = Texts & {
  parameters?: readonly Parameter[]
  filters?: readonly Option[]
  columns: readonly Column[]
  /** Returns the path below /admin/v1. */
  path: (context: Context, input: Input) => Promise<string> | string
  query?: (context: Context, input: Input) => Promise<Query> | Query
  /** A short list that the server gives at once. */
  isWhole?: true
}

/** Returns the verb `list`. */
export const listVerb = (list: ListVerb): Verb => ({
  name: list.name ?? 'list',
  summary: list.summary,
  example: list.example,
  parameters: list.parameters ?? [],
  options: [...(list.filters ?? []), ...(list.isWhole ? [] : pageOptions)],
  run: async (context, input) => {
    const limit = input.count('limit') ?? (input.flag('all') ? Infinity : usualLimit)
    const cursor = input.text('cursor')
    const path = await list.path(context, input)
    const query = (await list.query?.(context, input)) ?? {}
    const pages = list.isWhole
      ? context.api.whole(path, query)
      : context.api.pages(path, query, { limit, cursor })
    await context.output.list(pages, list.columns)
  },
})

/** Returns the query of filters that have the same names on the wire, but for `-` instead of `_`. */
export const sameNames =
  (...names: readonly string[]) =>
  (_context: Context, input: Input): Query =>
    Object.fromEntries(names.map((name) => [name.replaceAll('-', '_'), input.text(name)]))

type OneVerb = Texts & {
  parameters: readonly Parameter[]
  /** Returns the path below /admin/v1. */
  path: (context: Context, input: Input) => Promise<string> | string
}

/** Returns the verb `show`. */
export const showVerb = ({ path, ...texts }: OneVerb): Verb => ({
  name: 'show',
  ...texts,
  run: async (context, input) => {
    await context.output.object(await context.api.get(await path(context, input)))
  },
})

type ActVerb = OneVerb & {
  name: string
  method: 'POST' | 'PATCH' | 'DELETE'
  body?: JsonObject
  /** The line on stderr after a response without a body. */
  done: string
  /** The question before it runs. A verb with a question is destructive. */
  question?: (context: Context, input: Input) => Promise<string> | string
}

/** Returns a verb that changes one object, and can be repeated without harm. */
export const actVerb = ({ path, method, body, done, question, ...texts }: ActVerb): Verb => ({
  ...texts,
  ...(question === undefined ? {} : { destructive: true }),
  run: async (context, input) => {
    const where = await path(context, input)
    if (question !== undefined) await context.confirm(await question(context, input))
    const call = { path: where, repeatable: true, ...(body === undefined ? {} : { body }) }
    const answer = await context.api.call(method, call)
    if (answer.status !== 204) await context.output.object(answer.body)
    else context.say(done)
  },
})

type SwitchVerbs = Omit<OneVerb, 'name' | 'summary'> & { disable: string; enable: string }

/** Returns the verbs `disable` and `enable`, which `disable` and `enable` summarise. */
export const switchVerbs = ({ disable, enable, ...one }: SwitchVerbs): Verb[] => [
  actVerb({
    ...one,
    name: 'disable',
    summary: disable,
    method: 'PATCH',
    body: { disabled: true },
    done: 'Disabled.',
  }),
  actVerb({
    ...one,
    name: 'enable',
    summary: enable,
    method: 'PATCH',
    body: { disabled: false },
    done: 'Enabled.',
  }),
]

/** Returns the path of the object in `list` that a parameter names, or of what lies `below` it. */
export const pathOf =
  (list: string, parameter: string, below = '') =>
  (_context: Context, input: Input): string =>
    `${list}/${segment(input.parameter(parameter))}${below}`

/** Returns an object without the members that are undefined. */
export const withoutGaps = (members: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

/**
 * Returns an identifier as a segment of a path.
 * @throws Failure for what a URL would take for another path
 */
export function segment(identifier: string): string {
  if (/^\.{0,2}$/.test(identifier)) throw misuse(`'${identifier}' is no identifier`)
  return encodeURIComponent(identifier)
}
