// The first screen: the last thirty days, what needs attention, and what happened just now.
import type { Settings } from '../core/server/settings.ts'
import { type DayOfStatistics, statisticsOf } from '../core/server/statistics.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { Chart } from './chart.tsx'
import { EventTable } from './event-table.tsx'
import { type View, screen } from './screen.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import type { Visit } from './visit.ts'

export const overviewScreens: readonly Endpoint[] = [screen('/admin', showOverview)]

/** How many of the newest events are shown. */
const newest = 12

/** How many days the charts have. */
const days = 30

async function showOverview(visit: Visit): Promise<View> {
  const { as, texts } = visit
  const [statistics, { events, keysSince }] = await Promise.all([
    statisticsOf(as, as.now, days),
    as.store.console.readOverview(newest),
  ])
  const { warnings: words } = texts.overview
  const warnings = [
    ...(isOverdue(visit, keysSince) ? [words.keysOverdue] : []),
    ...warningsOf(as.settings, words),
  ]
  return {
    title: texts.sections.overview,
    section: 'overview',
    body: (
      <>
        {warnings.length > 0 && (
          <div class="notice" role="note" aria-label={texts.overview.attention}>
            <ul class="warnings">
              {warnings.map((warning) => (
                <li>{warning}</li>
              ))}
            </ul>
          </div>
        )}
        <section>
          <h2>{texts.overview.month}</h2>
          <Charts statistics={statistics} texts={texts} />
        </section>
        <section>
          <h2>{texts.overview.newest}</h2>
          <EventTable visit={visit} events={events} label={texts.overview.newest} />
          <nav class="pages" aria-label={texts.sections.events}>
            <a href="/admin/events">{texts.overview.allEvents}</a>
          </nav>
        </section>
      </>
    ),
  }
}

function Charts(props: { statistics: readonly DayOfStatistics[]; texts: ConsoleTexts }) {
  const { statistics, texts } = props
  const { signIns, refused, active, tokens } = texts.overview
  const daysOf = (countOf: (day: DayOfStatistics) => { first: number; second?: number }) =>
    statistics.map((day) => ({ day: day.date, ...countOf(day) }))
  return (
    <div class="charts">
      <Chart
        title={signIns}
        series={[signIns, refused]}
        total="sum"
        days={daysOf((day) => ({ first: day.signIns, second: day.refusals }))}
        texts={texts}
      />
      <Chart
        title={active}
        series={[active]}
        total="last"
        days={daysOf((day) => ({ first: day.activeUsers }))}
        texts={texts}
      />
      <Chart
        title={tokens}
        series={[tokens]}
        total="sum"
        days={daysOf((day) => ({
          first: Object.values(day.tokens).reduce((sum, count) => sum + count, 0),
        }))}
        texts={texts}
      />
    </div>
  )
}

/** Seconds after which cron must have noticed that a signing key is old. */
const patience = 86_400

/** Returns whether the next signing keys should be there: without cron nobody makes them. */
const isOverdue = ({ as: { settings, now } }: Visit, keysSince: number | null): boolean =>
  keysSince !== null && keysSince + settings.lifetimes.signingKey + patience < now

/** Returns what an operator should look at, by the settings. */
function warningsOf(
  { development, registration, securityContacts, masterKeys }: Settings,
  texts: ConsoleTexts['overview']['warnings'],
): string[] {
  return [
    ...(development ? [texts.development] : []),
    ...(registration.mode === 'open' ? [texts.openRegistration] : []),
    ...(masterKeys.length > 1 ? [texts.oldKeys] : []),
    ...(!development && securityContacts.length === 0 ? [texts.noContact] : []),
  ]
}
