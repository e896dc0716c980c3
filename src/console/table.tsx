// Lists as tables, which become cards where the window is narrow. The roles are spelled out, because a
// table that is not displayed as one is no table to a screen reader.
import type { Child } from 'hono/jsx'
import type { ConsoleTexts } from './texts/en.ts'

/** A column: its heading, and the cell of a row. A row's first column is its name. */
export type Column<Row> = {
  title: string
  cell: (row: Row) => Child
  /** Whether the heading is for screen readers alone. */
  isUntitled?: true
}

type TableProps<Row> = {
  /** What the list is, for screen readers. */
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** Shown where there are no rows. */
  empty: Child
}

/** A list. */
export function Table<Row>({ label, columns, rows, empty }: TableProps<Row>) {
  if (rows.length === 0) return <p class="empty">{empty}</p>
  const [first, ...others] = columns
  return (
    <table role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ title, isUntitled }) => (
            <th role="columnheader" scope="col">
              <span class={isUntitled && 'unseen'}>{title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row">
            {first && (
              <th role="rowheader" scope="row">
                {first.cell(row)}
              </th>
            )}
            {others.map(({ title, cell, isUntitled }) => (
              <td role="cell" data-label={isUntitled ? undefined : title}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The links between the pages of a list. `here` is its address without a cursor. */
export function Pages(props: {
  here: string
  isFirst: boolean
  next: string | null
  texts: ConsoleTexts
}) {
  const { here, isFirst, next, texts } = props
  if (isFirst && next === null) return null
  return (
    <nav class="pages" aria-label={texts.pages}>
      {!isFirst && <a href={here}>{texts.firstPage}</a>}
      {next !== null && (
        <a href={`${here}${here.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(next)}`}>
          {texts.nextPage}
        </a>
      )}
    </nav>
  )
}

/** What is known of one thing: names and values. Entries without a value are left out. */
export function Facts(props: { facts: readonly (readonly [name: string, value: Child])[] }) {
  return (
    <dl class="facts">
      {props.facts
        .filter(
          ([, value]) => value !== null && value !== undefined && value !== false && value !== '',
        )
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
