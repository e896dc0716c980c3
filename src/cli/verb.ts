// A command as data: `postern <noun> <verb>`.
import type { AdminApi } from './admin-api.ts'
import type { Input } from './input.ts'
import type { Output, Sink } from './output.ts'

/** A noun of the command line and what can be done with it. */
export type Noun = {
  name: string
  summary: string
  verbs: readonly Verb[]
}

export type Verb = {
  name: string
  summary: string
  /** The parameters and options of an example, as typed after the verb. */
  example: string
  parameters?: readonly Parameter[]
  options?: readonly Option[]
  /** Whether it cannot be undone: it asks for confirmation, or needs `--yes` without a terminal. */
  destructive?: true
  /** Whether the noun alone runs it. */
  usual?: true
  run: (context: Context, input: Input) => Promise<void>
}

/** A positional parameter. It is required; one whose name ends in `...` takes one or more values. */
export type Parameter = { name: string; summary: string }

export type Option = {
  /** As in the help: `--email <address>`; `<uri...>` may be given several times. */
  flags: string
  summary: string
  choices?: readonly string[]
  required?: true
}

/** What a command may use. */
export type Context = {
  api: AdminApi
  /** stdout: data only. */
  output: Output
  /** stderr, for progress and the like. */
  stderr: Sink
  /** Aborts at Ctrl-C. What must be left in order belongs into a `finally`. */
  signal: AbortSignal
  /** Writes a line for people to stderr. */
  say: (line: string) => void
  /**
   * Asks for confirmation, such as `Delete the user ada (id 5)?`. Returns at once with `--yes`.
   * @throws Failure if the answer is not yes
   */
  confirm: (question: string) => Promise<void>
  /** Reads all of stdin as text. @throws Failure if it is a terminal */
  readStdin: () => Promise<string>
}
