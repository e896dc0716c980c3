// Ctrl-C: the command is told at once and can leave everything in order. A second one ends it.
import { Failure, exitCodes } from './failure.ts'

/**
 * Returns a signal that aborts at the first SIGINT, SIGTERM or SIGHUP; its reason is the failure with
 * which the command is to end. What must be left in order belongs into a `finally`.
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const outcome = name === 'SIGINT' ? 'interrupted' : 'terminated'
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCodes[outcome])
      // Should what the command waits for never come now, Node ends with this code instead of its own 13.
      process.exitCode = exitCodes[outcome]
      controller.abort(new Failure(outcome, 'interrupted'))
    })
  }
  return controller.signal
}
