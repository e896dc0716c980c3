// The confirmation of destructive commands. Scripts pass --yes instead.
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Failure, misuse } from './failure.ts'

const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/**
 * Rejects a destructive command without a terminal, before any request.
 * @throws Failure with the command that needs no confirmation
 */
export function refuseUnasked(parameters: readonly string[], isSure: boolean): void {
  if (isSure || canAsk()) return
  const command = ['npx', 'postern', ...parameters, '--yes'].map(quoted).join(' ')
  throw misuse('this cannot be undone and needs a confirmation. Without a terminal, run', [command])
}

/**
 * Returns the function that asks for confirmation. It throws a Failure unless the answer is yes, and where
 * nobody can be asked: a verb may find out late that it needs to.
 */
export function confirmation(
  parameters: readonly string[],
  isSure: boolean,
  signal: AbortSignal,
): (question: string) => Promise<void> {
  return async (question) => {
    if (isSure) return
    refuseUnasked(parameters, isSure)
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    try {
      // Ctrl-C reaches readline as a key, not as a signal.
      terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
      // Ctrl-D, or a terminal that goes away: no answer is none.
      const none = once(terminal, 'close').then(() => '')
      const asked = terminal.question(`${question} [y/N] `, { signal }).catch(() => '')
      const answer = await Promise.race([asked, none])
      signal.throwIfAborted()
      if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('refused', 'nothing was changed')
    } finally {
      terminal.close()
    }
  }
}

/** Returns a word as a shell needs it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
