// Counts by day as bars, with the same numbers as a table: the picture is for eyes alone.
import { Table } from './table.tsx'
import type { ConsoleTexts } from './texts/en.ts'

/** The counts of one day; `day` is its date (2026-11-26). `second` is a part of another kind. */
export type Day = { day: string; first: number; second?: number }

type ChartProps = {
  title: string
  /** What the bars count; the second kind stands on top of the first. */
  series: readonly [first: string, second?: string]
  /** What the number beside the title is: of all days, or of the last one. */
  total: 'sum' | 'last'
  /** Oldest first. */
  days: readonly Day[]
  texts: ConsoleTexts
}

// In units of the picture, which is stretched to its place.
const height = 100
const width = 10

/** A chart of days. */
export function Chart({ title, series, total, days, texts }: ChartProps) {
  const [first, second] = series
  const counted = total === 'sum' ? days : days.slice(-1)
  const totalOf = (day: Day): number => day.first + (day.second ?? 0)
  const most = Math.max(1, ...days.map(totalOf))
  const sum = (countOf: (day: Day) => number): number =>
    counted.reduce((all, day) => all + countOf(day), 0)
  const columns = [
    { title: texts.day, cell: ({ day }: Day) => day },
    { title: first, cell: (day: Day) => day.first.toLocaleString('en') },
    ...(second === undefined
      ? []
      : [{ title: second, cell: (day: Day) => (day.second ?? 0).toLocaleString('en') }]),
  ]
  return (
    <figure class="chart">
      <figcaption>
        <span>
          <b>{sum((day) => day.first).toLocaleString('en')}</b> {first}
        </span>
        {second !== undefined && (
          <span class="second">
            <b>{sum((day) => day.second ?? 0).toLocaleString('en')}</b> {second}
          </span>
        )}
      </figcaption>
      <svg
        viewBox={`0 0 ${days.length * width} ${height}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        {days.map((day, index) => {
          const [low, high] = [day.first, day.second ?? 0].map((count) => (count / most) * height)
          const x = index * width + 1
          return (
            <>
              <rect x={x} y={height - (low ?? 0)} width={width - 2} height={low} />
              {high ? (
                <rect
                  class="second"
                  x={x}
                  y={height - (low ?? 0) - high}
                  width={width - 2}
                  height={high}
                />
              ) : null}
            </>
          )
        })}
      </svg>
      <details>
        <summary>{texts.numbers}</summary>
        <Table label={title} columns={columns} rows={days} empty="" />
      </details>
    </figure>
  )
}
