/** An error that the operator can fix. Shown as one line, without a stack. */
export class Refusal extends Error {}

/**
 * Runs a script. A `Refusal`, or an error of the file system (no permission, a full disk), prints
 * one line to stderr and sets exit code 1.
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
