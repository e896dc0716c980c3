#!/usr/bin/env node
// `npx postern <noun> <verb>`: the operator's command line. Node runs this file as it is.
import { AdminApi } from './admin-api.ts'
import { confirmation, refuseUnasked } from './confirm.ts'
import { exitCodeOf } from './ending.ts'
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

process.exitCode = await exitCodeOf(main, signal, say)
// An open stdin would keep the process waiting.
process.stdin.destroy()

async function main(): Promise<void> {
  const write = {
    out: (text: string) => help.push(text),
    err: (text: string) => say(text.trimEnd()),
  }
  try {
    await newProgram(write, run).parseAsync(parameters, { from: 'user' })
  } finally {
    await stdout.write(help.join(''))
  }
}

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
      confirm: confirmation(parameters, shared.yes === true, signal),
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

/** Writes to stderr; a closed stderr is no reason to stop. */
function say(text: string): void {
  const lines = text.split('\n').map(printable).join('\n')
  process.stderr.write(`${lines}\n`)
}
