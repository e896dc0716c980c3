// Times and durations: how people type them and how they are shown.
import { misuse } from './failure.ts'

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Reads a duration in seconds: `90d`, `12h`, `30m`, `45s` or a number. @throws Failure */
export function readDuration(text: string): number {
  const seconds = durationOf(text)
  if (seconds === null) throw misuse(`${text} is no duration: write 90d, 12h, 30m or seconds`)
  return seconds
}

function durationOf(text: string): number | null {
  const [, amount = '', unit = 's'] = /^(\d{1,9})([smhdw]?)$/.exec(text) ?? []
  return amount === '' ? null : Number(amount) * (units[unit || 's'] ?? 1)
}

/**
 * Reads an instant in seconds since 1970: a date or a time of ISO 8601 (in UTC unless it says
 * otherwise), a duration that has passed since (`7d`), or the number itself. @throws Failure
 */
export function readInstant(text: string, now = Date.now() / 1000): number {
  if (/^\d{9,11}$/.test(text)) return Number(text)
  const ago = /[smhdw]$/.test(text) ? durationOf(text) : null
  if (ago !== null) return Math.floor(now - ago)
  const [, date, time, zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? []
  const parsed = Date.parse(`${date}T${time ?? '00:00'}${zone ?? 'Z'}`)
  if (Number.isNaN(parsed)) {
    throw misuse(`${text} is no time: write 2026-11-01, 2026-11-01T08:30Z, or 7d for a week ago`)
  }
  return Math.floor(parsed / 1000)
}

/** Formats an instant in UTC, to the minute: `2026-11-26 21:40Z`. */
export const shownTime = (seconds: number): string => `${shownInstant(seconds).slice(0, 16)}Z`

/** Formats an instant in UTC, to the second. Returns '' for a number that is no instant. */
export function shownInstant(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 19).replace('T', ' ') + 'Z'
}
