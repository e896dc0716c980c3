// `postern export`: everything that the server has, as files.
import { runExport } from '../export/run.ts'
import { Failure } from '../failure.ts'
import type { Input } from '../input.ts'
import { onePage } from '../output.ts'
import { newProgress } from '../progress.ts'
import type { Column } from '../table.ts'
import type { Context, Noun } from '../verb.ts'

const columns: readonly Column[] = [
  { member: 'file', whole: true },
  { member: 'items' },
  { member: 'bytes' },
  { member: 'sha256' },
]

async function run({ api, output, stderr, say }: Context, input: Input): Promise<void> {
  const path = input.text('out') ?? ''
  const withHashes = input.flag('with-hashes')
  const progress = newProgress(stderr, 'lines')
  try {
    const files = await runExport(api, { path, withHashes }, (_kind, items) => progress.at(items))
    await progress.end()
    await output.list(onePage(files), columns)
    if (withHashes) say(`${path} has password hashes: keep it as you would keep the passwords.`)
  } catch (cause) {
    await progress.end()
    const goesOn = cause instanceof Failure && cause.outcome !== 'usage'
    if (goesOn) say('The same command goes on where this one broke off.')
    throw cause
  }
}

export const exporting: Noun = {
  name: 'export',
  summary: 'Everything that the server has, as files',
  verbs: [
    {
      name: 'run',
      summary: 'Writes a file of JSON lines for each kind, and a manifest',
      example: '--out leaving --with-hashes',
      options: [
        { flags: '--out <folder>', summary: 'a new folder, or one to go on in', required: true },
        { flags: '--with-hashes', summary: 'with password hashes; needs ADMIN_TOKEN' },
      ],
      run,
    },
  ],
}
