// The text of a configuration: JSON, or YAML 1.2 in a file whose name says so.
import { readFileSync } from 'node:fs'
import { JsonFault, parseJson } from '../../protocol/strict-json.ts'
import { Failure } from '../failure.ts'

/** Reads a configuration. @throws Failure for text that is not unambiguous; it quotes none of it */
export async function readConfiguration(path: string): Promise<unknown> {
  const text = readFileSync(path, 'utf8').replace(/^\ufeff/, '')
  return /\.ya?ml$/i.test(path) ? readYaml(path, text) : readJson(path, text)
}

function readJson(path: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault
    // The engine's own message repeats a part of the text, which may be a secret.
    const place = /\(line \d+ column \d+\)/.exec(String(fault.cause))?.[0]
    throw new Failure(
      'refused',
      `${path} ${fault.message}${place === undefined ? '' : ` ${place}`}`,
    )
  }
}

async function readYaml(path: string, text: string): Promise<unknown> {
  // Few commands need it.
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true })
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined) {
    const line = text.slice(0, fault.pos[0]).split('\n').length
    const what = fault.code === 'DUPLICATE_KEY' ? 'has a duplicate name' : 'is not valid YAML'
    throw new Failure('refused', `${path} ${what} (line ${line})`)
  }
  return document.toJS({ maxAliasCount: 100 })
}
