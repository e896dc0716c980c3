// Imports of users: how far each is, what went wrong, and how to end or undo it.
import type { ImportSheet } from '../core/authorization/storage.ts'
import {
  type Undoing,
  finishImport,
  importStateOf,
  undoImport,
} from '../core/people/import/administration.ts'
import type { Import } from '../core/people/import/storage.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { displayName, Name } from '../pages/display-name.tsx'
import { fill } from '../pages/fill.ts'
import { type Form, PostForm } from '../pages/form.tsx'
import { listScreen, perPage } from './list.tsx'
import { question } from './question.tsx'
import { type View, action, answer, doneAt, formTo, screen } from './screen.tsx'
import { Facts, Table } from './table.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

const list = '/admin/imports'

const addressOf = ({ id }: Pick<Import, 'id'>): string => `${list}/${id}`

const labelOf = ({ sourceId }: Import): string => displayName(sourceId) || '-'

const idIn = ({ context }: Visit): string => context.req.param('id') ?? ''

const readImport = (visit: Visit): Promise<Import | null> =>
  visit.as.store.imports.find(idIn(visit))

export const importScreens: readonly Endpoint[] = [
  listScreen<Import>(list, {
    section: 'imports',
    title: ({ sections }) => sections.imports,
    empty: ({ imports }) => fill(imports.empty, { command: <code>npx postern import run</code> }),
    read: ({ as }, position) => as.store.imports.list(perPage, position),
    columns: ({ texts: { imports: texts, users }, as }) => [
      {
        title: texts.source,
        cell: (run) => (
          <a href={addressOf(run)}>
            <Name>{labelOf(run)}</Name>
          </a>
        ),
      },
      { title: texts.started, cell: ({ startedAt }) => <When at={startedAt} now={as.now} /> },
      { title: users.state, cell: (run) => <State run={run} texts={texts} /> },
      { title: texts.counts.created, cell: ({ created }) => String(created) },
      { title: texts.counts.updated, cell: ({ updated }) => String(updated) },
      {
        title: texts.counts.failed,
        cell: ({ failed }) =>
          failed === 0 ? '0' : <span class="badge bad">{String(failed)}</span>,
      },
    ],
  }),
  screen(`${list}/:id`, showImport),
  action(`${list}/:id/finish`, async (visit) => {
    const run = await readImport(visit)
    if (run === null) return null
    await finishImport(visit.as, run)
    return doneAt(visit, addressOf(run), 'ended')
  }),
  question<Import>(`${list}/:id/undo`, {
    section: 'imports',
    list,
    read: async (visit) => {
      const run = await readImport(visit)
      return run === null || run.dryRun ? null : run
    },
    ask: ({ texts: { imports: texts } }, run) => ({
      title: `${texts.undo}: ${labelOf(run)}`,
      text: fill(texts.undoing, { users: <strong>{texts.userCount(run.created)}</strong> }),
      submit: texts.undo,
      up: { href: addressOf(run), title: labelOf(run) },
      typed: labelOf(run),
    }),
    act: async (visit, run) => {
      const undone = await undoImport(visit.as, run)
      return undone && answer(visit, undoneView(visit, run, undone))
    },
  }),
]

type Texts = Visit['texts']['imports']

function State({ run, texts }: { run: Import; texts: Texts }) {
  const { states } = texts
  const state = importStateOf(run)
  return (
    <>
      <span class={state === 'finished' ? 'badge good' : 'badge'}>{states[state]}</span>
      {run.dryRun && <span class="badge">{texts.dryRun}</span>}
    </>
  )
}

const counts = ['created', 'updated', 'skipped', 'failed', 'reset', 'links', 'totp'] as const

/** How many errors are shown. */
const most = 100

async function showImport(visit: Visit): Promise<View | null> {
  const { as, texts, mayChange } = visit
  const sheet = await as.store.console.findImport(idIn(visit), most)
  if (sheet === null) return null
  const { run } = sheet
  const finish = await formTo(visit, `${addressOf(run)}/finish`)
  return {
    title: labelOf(run),
    section: 'imports',
    up: { href: list, title: texts.sections.imports },
    actions: mayChange && <Deeds run={run} finish={finish} texts={texts.imports} />,
    body: (
      <>
        <ImportFacts visit={visit} run={run} />
        <Errors sheet={sheet} texts={texts.imports} />
      </>
    ),
  }
}

const Deeds = ({ run, finish, texts }: { run: Import; finish: Form; texts: Texts }) => (
  <>
    {run.finishedAt === null && (
      <PostForm form={finish}>
        <button class="quiet">{texts.finish}</button>
      </PostForm>
    )}
    {!run.dryRun && (
      <a class="button danger" href={`${addressOf(run)}/undo`}>
        {texts.undo}
      </a>
    )}
  </>
)

function ImportFacts({ visit, run }: { visit: Visit; run: Import }) {
  const { imports: texts, users } = visit.texts
  const { now } = visit.as
  const { rules } = texts
  const names = ['keepSub', 'matchEmail', 'matchUsername', 'adminRoles'] as const
  const followed = names.filter((name) => run[name]).map((name) => rules[name])
  return (
    <Facts
      facts={[
        [users.state, <State run={run} texts={texts} />],
        [texts.format, <Name>{run.source}</Name>],
        [texts.onExisting, texts.existing[run.onExisting]],
        [texts.rulesTitle, followed.join(', ')],
        [texts.ask, run.askUrl && <Name longest={100}>{run.askUrl}</Name>],
        [texts.started, <When at={run.startedAt} now={now} />],
        [texts.finished, run.finishedAt !== null && <When at={run.finishedAt} now={now} />],
        [texts.undone, run.undoneAt !== null && <When at={run.undoneAt} now={now} />],
        ...counts.map((name) => [texts.counts[name], String(run[name])] as const),
        [
          texts.users,
          run.created > 0 && !run.dryRun && (
            <a href={`/admin/users?imported=${run.id}`}>{texts.showUsers}</a>
          ),
        ],
      ]}
    />
  )
}

function Errors({ sheet: { run, errors }, texts }: { sheet: ImportSheet; texts: Texts }) {
  return (
    <section>
      <h2>{texts.errors}</h2>
      <Table
        label={texts.errors}
        empty={run.failed > 0 ? texts.errorsGone : texts.noErrors}
        rows={errors.slice(0, most)}
        columns={[
          { title: texts.line, cell: ({ line }) => String(line) },
          { title: texts.field, cell: ({ field }) => field && <code>{displayName(field)}</code> },
          { title: texts.detail, cell: ({ detail }) => displayName(detail, 200) },
        ]}
      />
      {errors.length > most && <p class="hint">{texts.moreErrors}</p>}
    </section>
  )
}

/** How many of the users who stay are named. */
const mostNamed = 50

function undoneView({ texts }: Visit, run: Import, { removed, kept, keptCount }: Undoing): View {
  const { imports: words } = texts
  return {
    title: `${words.undo}: ${labelOf(run)}`,
    section: 'imports',
    up: { href: addressOf(run), title: labelOf(run) },
    body: (
      <>
        <p class="notice" role="status">
          {fill(words.removed, {
            removed: words.userCount(removed),
            kept: words.userCount(keptCount),
          })}
        </p>
        <ul>
          {kept.slice(0, mostNamed).map(({ id, username }) => (
            <li>
              <a href={`/admin/users/${id}`}>
                <Name>{username}</Name>
              </a>
            </li>
          ))}
        </ul>
      </>
    ),
  }
}
