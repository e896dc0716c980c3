// The first screen: what happened lately, and what needs attention.
import type { Endpoint } from '../http/endpoint.ts'
import { EventTable } from './event-table.tsx'
import { type View, screen } from './screen.tsx'
import type { Visit } from './visit.ts'

export const overviewScreens: readonly Endpoint[] = [screen('/admin', showOverview)]

/** How many of the newest events are shown. */
const newest = 12

async function showOverview(visit: Visit): Promise<View> {
  const { as, texts } = visit
  const { items } = await as.store.audit.list({}, newest, null)
  return {
    title: texts.sections.overview,
    section: 'overview',
    body: (
      <section>
        <h2>{texts.overview.newest}</h2>
        <EventTable visit={visit} events={items} label={texts.overview.newest} />
        <nav class="pages" aria-label={texts.sections.events}>
          <a href="/admin/events">{texts.overview.allEvents}</a>
        </nav>
      </section>
    ),
  }
}
