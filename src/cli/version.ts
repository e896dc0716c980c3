// The version of this checkout.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseObject, textOf } from './json.ts'

const manifest = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')

/** The version in package.json. */
export const version = textOf(parseObject(manifest) ?? {}, 'version') ?? 'unknown'
