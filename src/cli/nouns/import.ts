// `postern import`: users of other systems.
import { Failure, misuse } from '../failure.ts'
import { resumeRun, runImport } from '../import/import-run.ts'
import { RunFiles } from '../import/run-file.ts'
import { sendingOptions, settingsOf } from '../import/settings.ts'
import type { Input } from '../input.ts'
import { numberOf, textOf } from '../json.ts'
import { listVerb, pathOf } from '../standard-verbs.ts'
import type { Noun, Option } from '../verb.ts'

const one = [{ name: 'import', summary: 'id of the import' }]

/** The options that a resumed run may be given anew. */
const limitOptions: readonly Option[] = [
  { flags: '--max-plain <count>', summary: 'the most passwords in clear, 0.1 s each (1000)' },
  { flags: '--keep-going', summary: 'do not stop when most of the first 1,000 rows fail' },
]

const limitsOf = (input: Input) => ({
  maxPlain: input.count('max-plain') ?? 1_000,
  keepGoing: input.flag('keep-going'),
})

const ofImport = pathOf('/imports', 'import')

export const imports: Noun = {
  name: 'import',
  summary: 'Users from other systems',
  verbs: [
    {
      name: 'run',
      summary: 'Imports the users of files. The same command again goes on after a break.',
      example: 'users.csv --map username=login,password_hash=hash --dry-run',
      parameters: [{ name: 'file...', summary: 'exports of another system, or the folder of one' }],
      options: [...sendingOptions, ...limitOptions],
      run: (context, input) => runImport(context, settingsOf(input), limitsOf(input)),
    },
    listVerb({
      summary: 'Lists imports, newest first',
      example: '',
      columns: [
        { member: 'id', whole: true },
        { member: 'source_id', heading: 'source' },
        { member: 'source', heading: 'format' },
        { member: 'state' },
        { member: 'dry_run', heading: 'dry run' },
        { member: 'created' },
        { member: 'updated' },
        { member: 'skipped' },
        { member: 'failed' },
        { member: 'reset' },
        { member: 'started_at', heading: 'started' },
      ],
      path: () => '/imports',
    }),
    {
      name: 'show',
      summary: 'Shows an import, and the files of one that this machine has run',
      example: 'IMPORT_ID',
      parameters: one,
      run: async (context, input) => {
        const { api, output } = context
        const shown = await api.get(ofImport(context, input))
        const run = new RunFiles(process.env).find(textOf(shown, 'id') ?? '')
        const files = run?.inputs.map(({ path }) => path)
        await output.object(files === undefined ? shown : { ...shown, files })
      },
    },
    {
      name: 'resume',
      summary: 'Goes on with an import that was cut off',
      example: 'IMPORT_ID',
      parameters: one,
      options: limitOptions,
      run: async (context, input) => {
        const id = input.parameter('import')
        const run = new RunFiles(process.env).find(id)
        if (run === null) throw new Failure('notFound', `this machine has not run the import ${id}`)
        if (run.state !== 'running') throw misuse(`the import ${id} is ${run.state}`)
        await resumeRun(context, run, limitsOf(input))
      },
    },
    {
      name: 'undo',
      summary: 'Deletes the users whom an import created and who have not signed in since',
      example: 'IMPORT_ID --yes',
      parameters: one,
      destructive: true,
      run: async (context, input) => {
        const { api, output, confirm } = context
        const path = ofImport(context, input)
        const shown = await api.get(path)
        const created = numberOf(shown, 'created') ?? 0
        await confirm(`Delete those of ${created} users who have not signed in since the import?`)
        const { body } = await api.call('DELETE', { path })
        const runs = new RunFiles(process.env)
        const run = runs.find(input.parameter('import'))
        if (run !== null) runs.write({ ...run, state: 'undone' })
        await output.object(body)
      },
    },
  ],
}
