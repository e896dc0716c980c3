// A progress bar on stderr. Where stderr is no terminal nothing is shown.
import type { Sink } from './output.ts'

export type Progress = {
  /** Sets how much is done, and the total if it is known. */
  at: (done: number, total?: number) => Promise<void>
  /** Removes the bar: call it before anything else is written, at the latest in a `finally`. */
  end: () => Promise<void>
}

const barWidth = 24
/** Milliseconds between two drawings. */
const interval = 100

/** Creates a progress bar; `what` is the unit, such as `users`. */
export function newProgress(sink: Sink, what: string): Progress {
  const begun = performance.now()
  let drawn = -Infinity
  if (!sink.isTerminal) return { at: async () => undefined, end: async () => undefined }
  // Nobody may look at stderr any more: that is no reason to stop.
  const draw = (text: string) => sink.write(`\r${text}`).catch(() => undefined)
  return {
    at: async (done, total) => {
      const now = performance.now()
      if (now - drawn < interval) return
      drawn = now
      await draw(`${barOf({ what, done, total, seconds: (now - begun) / 1000 })}\u001b[K`)
    },
    end: async () => {
      if (drawn !== -Infinity) await draw('\u001b[K')
      drawn = -Infinity
    },
  }
}

type State = { what: string; done: number; total: number | undefined; seconds: number }

const counted = (number: number): string => Math.round(number).toLocaleString('en-US')

/** Returns the text of a bar. */
export function barOf({ what, done, total, seconds }: State): string {
  const rate = seconds > 0.5 ? done / seconds : 0
  const speed = rate > 0 ? `  ${counted(rate)}/s` : ''
  if (total === undefined || total <= 0) return `${counted(done)} ${what}${speed}`
  const share = Math.min(1, done / total)
  const filled = Math.round(share * barWidth)
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  const percent = `${Math.floor(share * 100)}`.padStart(3)
  const left = rate > 0 ? `  ${counted((total - done) / rate)} s left` : ''
  return `${percent} % ${bar} ${counted(done)} of ${counted(total)} ${what}${speed}${left}`
}
