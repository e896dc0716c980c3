// The release before the newest migration, from the history of this repository: what an operator who
// upgrades still serves while the schema is already the new one.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const projectFolder = join(import.meta.dirname, '..', '..')

/** Runs git in the project. Null if there is no repository, or git refuses. */
function git(...parameters: string[]): string | null {
  const { status, stdout } = spawnSync('git', parameters, {
    cwd: projectFolder,
    encoding: 'utf8',
  })
  return status === 0 ? stdout : null
}

const linesOf = (text: string | null): string[] => (text ?? '').split('\n').filter(Boolean)

/** The migrations of this checkout with the hashes of their content, as git has them. */
function migrationsHere(): string[] {
  const names = readdirSync(join(projectFolder, 'migrations')).filter((name) => /\.sql$/.test(name))
  const paths = names.toSorted().map((name) => `migrations/${name}`)
  const hashes = linesOf(git('hash-object', ...paths))
  return paths.map((path, at) => `${path} ${hashes[at]}`)
}

function migrationsOf(commit: string): string[] {
  const format = '--format=%(path) %(objectname)'
  const lines = linesOf(git('ls-tree', '-r', format, commit, 'migrations/'))
  return lines.filter((line) => line.includes('.sql ')).toSorted()
}

/**
 * Returns the newest commit of the main line whose migrations are the first ones of this checkout, and
 * not all of them. Null where the history does not reach back so far, as in a shallow clone.
 */
export function findReleaseBefore(): string | null {
  const here = migrationsHere()
  for (const commit of linesOf(git('rev-list', '--first-parent', '--max-count=1000', 'HEAD'))) {
    const before = migrationsOf(commit)
    const isStart = before.every((migration, at) => migration === here[at])
    if (before.length > 0 && before.length < here.length && isStart) return commit
  }
  return null
}

/** Unpacks what a release needs to run into a folder of its own, which the caller removes. */
export function unpackRelease(commit: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-release-'))
  const parts = ['src', 'migrations', 'package.json', 'tsconfig.json', 'wrangler.toml']
  const archive = spawnSync('git', ['archive', commit, ...parts], {
    cwd: projectFolder,
    maxBuffer: 100_000_000,
  })
  const unpacked = spawnSync('tar', ['-x', '-C', folder], { input: archive.stdout })
  if (archive.status !== 0 || unpacked.status !== 0) throw new Error(`cannot unpack ${commit}`)
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
