// `postern events`: the audit log.
import { type JsonObject, formatJson, numberOf, textOf } from '../json.ts'
import type { Query } from '../admin-api.ts'
import { quoted } from '../confirm.ts'
import { ReaderGone } from '../failure.ts'
import type { Input } from '../input.ts'
import { newProgress } from '../progress.ts'
import { listVerb } from '../standard-verbs.ts'
import type { Column } from '../table.ts'
import { readInstant, shownInstant } from '../time.ts'
import { userIdOf } from '../user-name.ts'
import type { Context, Noun, Option } from '../verb.ts'

const columns: readonly Column[] = [
  { member: 'at', heading: 'time', whole: true, show: ({ at }) => shownInstant(Number(at)) },
  { member: 'kind', whole: true },
  {
    member: 'outcome',
    show: ({ outcome, occurrences }) =>
      Number(occurrences) > 1 ? `${String(outcome)} x${Number(occurrences)}` : String(outcome),
  },
  { member: 'username', heading: 'user', show: (event) => named(event, 'username', 'user_id') },
  {
    member: 'client_name',
    heading: 'client',
    show: (event) => named(event, 'client_name', 'client_id'),
  },
  { member: 'actor_name', heading: 'by', show: (event) => named(event, 'actor_name', 'actor') },
  { member: 'address' },
]

const named = (event: JsonObject, name: string, id: string): string =>
  textOf(event, name) ?? textOf(event, id) ?? String(numberOf(event, id) ?? '')

const filters: readonly Option[] = [
  { flags: '--user <user>', summary: 'about this user: id, username, e-mail address or sub' },
  { flags: '--client <client-id>', summary: 'about this client' },
  { flags: '--kind <kind>', summary: 'such as user.signed-in' },
  { flags: '--actor <actor>', summary: 'user:ID, client:ID, admin-token:ID, root or cron' },
  { flags: '--outcome <outcome>', summary: 'how it ended', choices: ['ok', 'refused'] },
  { flags: '--address <address>', summary: 'from this IP address' },
  { flags: '--since <time>', summary: 'such as 2026-11-01, or 7d for a week ago' },
  { flags: '--until <time>', summary: 'events from before this time' },
]

const queryOf = async ({ api }: Context, input: Input): Promise<Query> => {
  const user = input.text('user')
  return {
    // A user who was deleted has no name any more, but their id still finds their events.
    user: user === undefined || /^\d+$/.test(user) ? user : await userIdOf(api, user),
    client: input.text('client'),
    kind: input.text('kind'),
    actor: input.text('actor'),
    outcome: input.text('outcome'),
    address: input.text('address'),
    since: input.read('since', readInstant),
    until: input.read('until', readInstant),
  }
}

/** Writes every event, newest first. After a failure it prints the command that continues. */
async function exportEvents(context: Context, input: Input): Promise<void> {
  const { api, output, stderr, say } = context
  const query = await queryOf(context, input)
  const progress = newProgress(stderr, 'events')
  let cursor = input.text('cursor')
  let count = 0
  try {
    for await (const page of api.pages('/events', query, { limit: Infinity, cursor })) {
      await output.write(page.items.map((item) => `${formatJson(item)}\n`).join(''))
      cursor = page.nextCursor ?? undefined
      count += page.items.length
      await progress.at(count)
    }
  } catch (cause) {
    await progress.end()
    if (cursor !== undefined && !(cause instanceof ReaderGone)) say(goingOn(query, cursor))
    throw cause
  } finally {
    await progress.end()
  }
}

/** Returns the command that continues the export. Its times are absolute: `7d` would have moved. */
function goingOn(query: Query, cursor: string): string {
  const options = Object.entries({ ...query, cursor })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name} ${quoted(String(value))}`)
  return `To continue: npx postern events export ${options.join(' ')} >> FILE`
}

export const events: Noun = {
  name: 'events',
  summary: 'The audit log',
  verbs: [
    listVerb({
      summary: 'Lists events, newest first',
      example: '--user ada --since 7d',
      filters,
      columns,
      path: () => '/events',
      query: queryOf,
    }),
    {
      name: 'export',
      summary: 'Writes every event as NDJSON, newest first',
      example: '--since 2026-10-01 --until 2026-11-01 > october.ndjson',
      options: [
        ...filters,
        { flags: '--cursor <cursor>', summary: 'continue an export that was interrupted' },
      ],
      run: exportEvents,
    },
  ],
}
