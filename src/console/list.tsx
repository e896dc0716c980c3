// Lists of one kind of thing, a page at a time.
import type { Child } from 'hono/jsx'
import { boundCursor } from '../admin/page.ts'
import type { Page } from '../core/server/storage.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { positionIn } from './cursor.ts'
import type { Section } from './layout.tsx'
import { type View, screen } from './screen.tsx'
import { type Column, Pages, Table } from './table.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import type { Visit } from './visit.ts'

/** Entries of a page of a list. */
export const perPage = 50

type ListScreen<Row> = {
  section: Section
  title: (texts: ConsoleTexts) => string
  /** Beside the heading, for who may change things: the way to a form, and its name. */
  create?: readonly [href: string, label: (texts: ConsoleTexts) => string]
  /** Between the heading and the list. */
  above?: (visit: Visit) => Child
  /** Shown where there are none. */
  empty: (texts: ConsoleTexts) => Child
  columns: (visit: Visit) => readonly Column<Row>[]
  /** Reads a page after a position; null = the first one. */
  read: (visit: Visit, position: string | null) => Promise<Page<Row>>
}

/** Returns the endpoint of a list without filters. */
export const listScreen = <Row,>(path: string, list: ListScreen<Row>): Endpoint =>
  screen(path, async (visit) => {
    const { texts } = visit
    const position = await positionIn([path], visit.context.req.query('cursor') ?? '')
    const { items, nextCursor } = await list.read(visit, position)
    const title = list.title(texts)
    const view: View = {
      title,
      section: list.section,
      body: (
        <>
          {list.above?.(visit)}
          <Table
            label={title}
            columns={list.columns(visit)}
            rows={items}
            empty={list.empty(texts)}
          />
          <Pages
            here={path}
            isFirst={position === null}
            next={nextCursor && (await boundCursor([path], nextCursor))}
            texts={texts}
          />
        </>
      ),
    }
    if (list.create === undefined || !visit.mayChange) return view
    const [href, label] = list.create
    const actions = (
      <a class="button" href={href}>
        {label(texts)}
      </a>
    )
    return { ...view, actions }
  })

/** The column with the links that lead from a row to what can be done to it, for who may. */
export const linkColumn = <Row,>(
  visit: Visit,
  cell: (row: Row) => readonly [href: string, label: string] | null,
): Column<Row>[] =>
  visit.mayChange
    ? [
        {
          title: visit.texts.actions,
          isUntitled: true,
          cell: (row) => {
            const [href, label] = cell(row) ?? []
            return href !== undefined && <a href={href}>{label}</a>
          },
        },
      ]
    : []

/** Chips that lead to lists beside each other. */
export function Chips(props: {
  label: string
  here: string
  chips: readonly (readonly [href: string, label: string])[]
}) {
  return (
    <nav aria-label={props.label}>
      <ul class="chips">
        {props.chips.map(([href, label]) => (
          <li>
            <a href={href} aria-current={href === props.here ? 'page' : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
