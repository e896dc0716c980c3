// stdin as text, for what must not be on a command line.
import { addAbortSignal } from 'node:stream'
import { misuse } from './failure.ts'

/** Reads all of stdin, without the line break at its end. @throws Failure if it is a terminal */
export async function readAll(signal: AbortSignal): Promise<string> {
  if (process.stdin.isTTY) {
    throw misuse(
      'stdin is a terminal, which would show what you type: pipe the text into the command',
    )
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of addAbortSignal(signal, process.stdin)) {
    if (chunk instanceof Uint8Array) chunks.push(chunk)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(
      Buffer.concat(chunks),
    )
    return text.replace(/\r?\n$/, '')
  } catch {
    throw misuse('stdin is not UTF-8')
  }
}
