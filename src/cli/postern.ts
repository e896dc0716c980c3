#!/usr/bin/env node
// `npx postern <noun> <verb>`: the operator's command line. Node runs this file as it is.
import { CommanderError } from 'commander'
import { AdminApi } from './admin-api.ts'
import { confirmation, refuseUnasked } from './confirm.ts'
import { Failure, ReaderGone, exitCodes } from './failure.ts'
import { abortOnSignals } from './interrupt.ts'
import { type Format, Output, sinkOf } from './output.ts'
import { printable } from './printable.ts'
import { type Invocation, type SharedOptions, newProgram } from './program.ts'
import { readAll } from './stdin.ts'
import { readTarget } from './target.ts'

const parameters = process.argv.slice(2)
const stdout = sinkOf(process.stdout, process.env)
const stderr = sinkOf(process.stderr, process.env)
const signal = abortOnSignals()

/** Texts that commander has written, which does not wait for them. */
const help: string[] = []

process.exitCode = await exitCodeOf(async () => {
  const program = newProgram(
    { out: (text) => help.push(text), err: (text) => say(text.trimEnd()) },
    run,
  )
  try {
    await program.parseAsync(parameters, { from: 'user' })
  } finally {
    await stdout.write(help.join(''))
  }
})
// stdin may still be open, and a signal handler keeps nothing alive.
process.stdin.destroy()

async function run({ verb, input, shared }: Invocation): Promise<void> {
  if (verb.destructive) refuseUnasked(parameters, shared.yes === true)
  const api = new AdminApi(readTarget(shared, process.env), {
    signal,
    note: (line) => {
      if (stderr.isTerminal) say(line)
    },
  })
  await verb.run(
    {
      api,
      output: new Output(formatOf(shared), stdout, say),
      stderr,
      signal,
      say,
      confirm: confirmation(shared.yes === true, signal),
      readStdin: () => readAll(signal),
    },
    input,
  )
}

function formatOf({ json, jsonl, csv, only }: SharedOptions): Format {
  if (only !== undefined) return { only }
  if (json) return 'json'
  if (jsonl) return 'jsonl'
  return csv ? 'csv' : 'table'
}

/** Runs the command; tells on stderr why it failed. */
async function exitCodeOf(command: () => Promise<void>): Promise<number> {
  try {
    await command()
    return exitCodes.done
  } catch (cause) {
    if (cause instanceof ReaderGone) return exitCodes.done
    if (cause instanceof CommanderError) {
      return cause.exitCode === 0 ? exitCodes.done : exitCodes.usage
    }
    const failure = signal.aborted && signal.reason instanceof Failure ? signal.reason : cause
    if (!(failure instanceof Failure)) throw cause
    for (const line of [`error: ${failure.message}`, ...failure.lines.map((each) => `  ${each}`)]) {
      say(printable(line))
    }
    return exitCodes[failure.outcome]
  }
}

/** Writes to stderr; a closed stderr is no reason to stop. */
function say(text: string): void {
  const lines = text.split('\n').map(printable).join('\n')
  process.stderr.write(`${lines}\n`)
}
