// Where a request comes from, as the platform tells it beside the request.
import type { Settings } from '../core/server/settings.ts'

type Location = { place: string | null; timeZone: string }

/** The location of what nobody asked for, or of a request that comes from nowhere. */
export const nowhere: Location = { place: null, timeZone: 'UTC' }

/**
 * Returns the place of a request, such as `Berlin, DE`, and its time zone. In development nobody is far
 * away, and what is told there is made up.
 */
export function locationOf({ cf }: Request, { development }: Settings): Location {
  if (development || cf === undefined) return nowhere
  const { city, country, timezone } = cf
  // XX is no country, and T1 the Tor network.
  const isCountry = typeof country === 'string' && /^(?!XX)[A-Z]{2}$/.test(country)
  const cities = typeof city === 'string' && city !== '' ? [city.slice(0, 100)] : []
  return {
    place: isCountry ? [...cities, country].join(', ') : null,
    timeZone: typeof timezone === 'string' ? timezone : 'UTC',
  }
}
