// The command line: nouns and verbs from the table, options that every command has, and the help.
import { Argument, Command, Option as CommanderOption } from 'commander'
import { Input } from './input.ts'
import { nouns } from './nouns/nouns.ts'
import type { Noun, Option, Verb } from './verb.ts'
import { version } from './version.ts'

/** A parsed command line. */
export type Invocation = { noun: Noun; verb: Verb; input: Input; shared: SharedOptions }

/** The options that every command has. */
export type SharedOptions = {
  url?: string
  tokenFile?: string
  json?: boolean
  jsonl?: boolean
  csv?: boolean
  only?: string
  yes?: boolean
}

const sharedOptions: readonly Option[] = [
  { flags: '--url <origin>', summary: 'server; else POSTERN_URL, else the one of npm start' },
  { flags: '--token-file <file>', summary: 'file with an admin token; else POSTERN_TOKEN' },
  { flags: '--json', summary: 'print one JSON document' },
  { flags: '--jsonl', summary: 'print one JSON object a line' },
  { flags: '--csv', summary: 'print comma-separated values' },
  { flags: '--only <member>', summary: 'print one member alone, such as id or secret' },
  { flags: '--yes', summary: 'skip the confirmation of destructive commands' },
]

const formats = ['json', 'jsonl', 'csv', 'only']

const environmentHelp = `
Environment:
  POSTERN_URL    origin of the server, such as https://id.example.com
  POSTERN_TOKEN  ADMIN_TOKEN, or a token of: npx postern tokens create
  STATE_DIR      state of npm start, where neither of them is set

Exit codes: 0 done, 1 refused or partly failed, 2 usage, 3 not found, 4 not allowed,
5 conflict, 6 no answer or server failing, 7 too many bad rows, 130 interrupted.`

/** Creates the command line; `invoke` gets what was typed. */
export function newProgram(
  write: { out: (text: string) => void; err: (text: string) => void },
  invoke: (invocation: Invocation) => Promise<void>,
): Command {
  const program = new Command('postern')
    .description('Administers a Postern server.')
    .usage('<noun> <verb> [options]')
    // Inherited by every command that follows.
    .exitOverride()
    .configureOutput({ writeOut: write.out, writeErr: write.err })
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError('See: npx postern --help')
    .addHelpText('after', `${environmentHelp}\n\nExample:\n  npx postern users list --q ada`)
  for (const shared of sharedOptions) {
    const option = asCommander(shared)
    const others = formats.filter((format) => format !== option.name())
    program.addOption(others.length < formats.length ? option.conflicts(others) : option)
  }
  program.commandsGroup('Nouns:')
  for (const noun of nouns) addNoun(program, noun, invoke)
  return program
}

function addNoun(
  program: Command,
  noun: Noun,
  invoke: (invocation: Invocation) => Promise<void>,
): void {
  const command = program.command(noun.name).description(noun.summary).usage('<verb> [options]')
  command.configureHelp({ showGlobalOptions: false }).commandsGroup('Verbs:')
  command.helpCommand(false).showHelpAfterError(`See: npx postern ${noun.name} --help`)
  const [first] = noun.verbs
  if (first !== undefined) {
    command.addHelpText('after', `\nExample:\n  ${exampleOf(noun, first)}`)
  }
  for (const verb of noun.verbs) addVerb(command, noun, verb, invoke)
}

function addVerb(
  parent: Command,
  noun: Noun,
  verb: Verb,
  invoke: (invocation: Invocation) => Promise<void>,
): void {
  const command = parent
    .command(verb.name, { isDefault: verb.usual === true })
    .description(verb.summary)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError(`See: npx postern ${noun.name} ${verb.name} --help`)
    .addHelpText('after', `\nExample:\n  ${exampleOf(noun, verb)}`)
  const { parameters = [], options = [] } = verb
  for (const { name, summary } of parameters) {
    command.addArgument(new Argument(`<${name}>`, summary))
  }
  for (const option of options) command.addOption(asCommander(option))
  command.action(() => {
    const values: Readonly<Record<string, unknown>> = command.opts()
    for (const option of options.filter(({ required }) => required)) {
      if (values[asCommander(option).attributeName()] !== undefined) continue
      command.error(`error: required option '${option.flags}' not specified`)
    }
    const typed = Object.fromEntries(
      parameters.map(({ name }, at) => {
        const value: unknown = command.processedArgs[at]
        return [name.replace(/\.\.\.$/, ''), value]
      }),
    )
    const shared: SharedOptions = parent.parent?.opts() ?? {}
    return invoke({ noun, verb, input: new Input(typed, values), shared })
  })
}

// commander would miss a mandatory option before it sees a misspelled one, and suggest nothing.
function asCommander({ flags, summary, choices, required }: Option): CommanderOption {
  const option = new CommanderOption(flags, required ? `${summary} (required)` : summary)
  return choices === undefined ? option : option.choices([...choices])
}

const exampleOf = (noun: Noun, verb: Verb): string =>
  ['npx postern', noun.name, ...(verb.usual ? [] : [verb.name]), verb.example]
    .filter((word) => word !== '')
    .join(' ')
