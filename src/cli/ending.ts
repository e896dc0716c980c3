// How a command ends: its exit code for scripts, and one line on stderr for people.
import { CommanderError } from 'commander'
import { Refusal } from '../operator/refusal.ts'
import { Failure, ReaderGone, exitCodes } from './failure.ts'
import { printable } from './printable.ts'

/**
 * Runs a command and returns its exit code. Where it failed, `say` gets the reason. After an
 * interruption that is the reason, whatever failed because of it.
 */
export async function exitCodeOf(
  command: () => Promise<void>,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  try {
    await command()
    return exitCodes.done
  } catch (cause) {
    if (cause instanceof ReaderGone) return exitCodes.done
    // commander has said what is wrong, or has shown the help that was asked for.
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : exitCodes.usage
    const failure = failureOf(signal.aborted ? signal.reason : cause)
    for (const line of [`error: ${failure.message}`, ...failure.lines.map((each) => `  ${each}`)]) {
      say(printable(line))
    }
    return exitCodes[failure.outcome]
  }
}

/** @throws the cause itself if it is a defect, for which its stack is needed */
function failureOf(cause: unknown): Failure {
  if (cause instanceof Failure) return cause
  if (cause instanceof Refusal) return new Failure('refused', cause.message)
  // No permission, no such file: nothing that a stack would explain.
  if (cause instanceof Error && 'syscall' in cause && 'path' in cause) {
    const isMissing = 'code' in cause && cause.code === 'ENOENT'
    return new Failure('refused', isMissing ? `there is no file ${cause.path}` : cause.message)
  }
  throw cause
}
