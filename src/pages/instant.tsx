// Instants (NumericDate seconds) and durations (seconds) in a reader's language. The server does
// not know the reader's time zone, so recent instants are shown as a distance and older ones as a
// day in UTC.

import { setNewest } from '../protocol/bounded-map.ts'
import type { Language } from './language.ts'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

type Formats = {
  ago: Intl.RelativeTimeFormat
  date: Intl.DateTimeFormat
  clock: Intl.DateTimeFormat
  second: Intl.NumberFormat
  minute: Intl.NumberFormat
  hour: Intl.NumberFormat
}

// Creating a format costs more than rendering a page, so each isolate creates each one once.
const made = new Map<Language, Formats>()

function formatsIn(language: Language): Formats {
  const known = made.get(language)
  if (known) return known
  const unit = (name: string) =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'long' })
  const formats = {
    ago: new Intl.RelativeTimeFormat(language, { numeric: 'auto' }),
    date: new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }),
    clock: new Intl.DateTimeFormat(language, {
      ...{ hour: 'numeric', minute: '2-digit', timeZone: 'UTC', timeZoneName: 'short' },
    }),
    second: unit('second'),
    minute: unit('minute'),
    hour: unit('hour'),
  }
  made.set(language, formats)
  return formats
}

/** Returns a duration in words, rounded up, so that waiting as long as it says is always enough. */
export function duration(language: Language, seconds: number): string {
  const formats = formatsIn(language)
  if (seconds <= 90) return formats.second.format(Math.max(1, Math.ceil(seconds)))
  if (seconds <= 90 * minute) return formats.minute.format(Math.ceil(seconds / minute))
  return formats.hour.format(Math.ceil(seconds / hour))
}

/** Returns the time of day of an instant, in UTC and saying so. */
export const clock = (language: Language, at: number): string =>
  formatsIn(language).clock.format(at * 1000)

type InstantProps = { language: Language; at: number }

/** The day of an instant. */
export function Day(props: InstantProps) {
  return (
    <time datetime={isoOf(props.at).slice(0, 10)}>
      {formatsIn(props.language).date.format(props.at * 1000)}
    </time>
  )
}

/** The minute of an instant in a time zone, which it names; UTC if the platform does not know the zone. */
export function Moment(props: InstantProps & { timeZone: string }) {
  return (
    <time datetime={isoOf(props.at)}>
      {momentIn(props.language, props.timeZone).format(props.at * 1000)}
    </time>
  )
}

const moments = new Map<string, Intl.DateTimeFormat>()

function momentIn(language: Language, timeZone: string): Intl.DateTimeFormat {
  const name = `${language} ${timeZone}`
  const known = moments.get(name)
  if (known !== undefined) return known
  const parts = { year: 'numeric', month: 'short', day: 'numeric' } as const
  const format = (zone: string) =>
    new Intl.DateTimeFormat(language, {
      ...{ ...parts, hour: 'numeric', minute: '2-digit', timeZoneName: 'short', timeZone: zone },
    })
  try {
    const made = format(timeZone)
    setNewest(moments, name, made, mostMoments)
    return made
  } catch {
    return format('UTC')
  }
}

/** Formats of time zones that an isolate keeps. */
const mostMoments = 50

/** The distance from an instant to `now`, or its day if that is over four weeks. */
export function Ago(props: InstantProps & { now: number }) {
  const seconds = Math.max(0, props.now - props.at)
  if (seconds > 28 * day) return <Day language={props.language} at={props.at} />
  return <time datetime={isoOf(props.at)}>{distance(props.language, seconds)}</time>
}

/** Returns in words how long ago something was, or how far ahead it is if `seconds` is negative. */
export function distance(language: Language, seconds: number): string {
  const { ago } = formatsIn(language)
  const size = Math.abs(seconds)
  const inUnits = (unit: number): number => -Math.sign(seconds) * Math.floor(size / unit)
  if (size < minute) return ago.format(0, 'second')
  if (size < hour) return ago.format(inUnits(minute), 'minute')
  if (size < day) return ago.format(inUnits(hour), 'hour')
  return ago.format(inUnits(day), 'day')
}

/** Returns an instant as RFC 3339 in UTC, to the second. */
export function isoOf(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19)}Z`
}
