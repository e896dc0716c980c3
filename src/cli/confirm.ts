// What cannot be undone is asked about first. A script says --yes instead.
import { createInterface } from 'node:readline/promises'
import { Failure, misuse } from './failure.ts'

const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** Refuses, before anything is asked of the server, where nobody can be asked. @throws Failure */
export function refuseUnasked(parameters: readonly string[], isSure: boolean): void {
  if (isSure || canAsk()) return
  const command = ['npx', 'postern', ...parameters, '--yes'].map(quoted).join(' ')
  throw misuse('this cannot be undone, and without a terminal nobody can be asked. To do it, run', [
    command,
  ])
}

/** Returns what asks a question that must be answered with yes. @throws Failure */
export function confirmation(
  isSure: boolean,
  signal: AbortSignal,
): (question: string) => Promise<void> {
  return async (question) => {
    if (isSure) return
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    try {
      // Ctrl-C reaches readline as a key, not as a signal.
      terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
      const answer = await terminal.question(`${question} [y/N] `, { signal })
      if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('refused', 'nothing was changed')
    } finally {
      terminal.close()
    }
  }
}

/** Returns a word as a shell needs it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
