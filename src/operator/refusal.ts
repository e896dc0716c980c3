/** A reason not to go on that the operator can mend: shown as one line, without a stack. */
export class Refusal extends Error {}

/**
 * Runs a script; a `Refusal` becomes its one line on stderr and exit code 1, and so does what the
 * file system refuses (no permission, a full disk), whose message names the file.
 */
export async function runScript(script: () => Promise<void>): Promise<void> {
  try {
    await script()
  } catch (cause) {
    if (!(cause instanceof Refusal || isFileError(cause))) throw cause
    console.error(cause.message)
    process.exitCode = 1
  }
}

const isFileError = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && 'syscall' in cause && 'path' in cause
