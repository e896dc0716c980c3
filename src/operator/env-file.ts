// Lines of NAME=value, as wrangler reads them from `--env-file` and `.dev.vars`.
import { renameSync, writeFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { Refusal } from './refusal.ts'

const line = /^(#.*|[A-Za-z_]\w*\s*=.*)?$/

/**
 * Parses the names and values of `text`. Returns null if a line is neither NAME=value nor a
 * comment.
 */
export function parseEnvFile(text: string): Record<string, string> | null {
  if (!text.split(/\r?\n/).every((each) => line.test(each))) return null
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (value !== undefined) values[name] = value
  }
  return values
}

/**
 * Formats values for `--env-file`. wrangler removes the quotes and then expands `$NAME`, which it does
 * not do in `.dev.vars`.
 * @throws Refusal for a value that cannot be quoted
 */
export function formatEnvFile(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(name, value.replaceAll('$', '\\$'))}\n`)
    .join('')
}

// Single quotes and backticks have no escapes; within double quotes \n and \r are escapes.
function quote(name: string, value: string): string {
  const mark = ["'", '`'].find((each) => !value.includes(each))
  if (mark !== undefined) return mark + value + mark
  if (value.includes('"') || value.includes('\\')) {
    throw new Refusal(`${name}: an env file cannot hold every kind of quote in one value`)
  }
  return `"${value}"`
}

/** Writes a file that only its owner can read, completely or not at all. */
export function writePrivateFile(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, text, { mode: 0o600 })
  renameSync(unfinished, path)
}
