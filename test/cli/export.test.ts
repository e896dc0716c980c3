// `postern export run` as a stranger runs it, against a booted server; and how it goes on after it broke
// off, against one that fails where a test says so.
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { kindsOf } from '../../src/cli/export/kinds.ts'
import { runExport } from '../../src/cli/export/run.ts'
import { Failure } from '../../src/cli/failure.ts'
import { answererAt, newBench } from '../operator/boot.ts'
import { refusal, type Answerer } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { passwordGrant } from '../support/tokens.ts'
import { type Ended, postern } from './process.ts'

const projectFolder = join(import.meta.dirname, '..', '..')

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-export-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'out')
}

const linesOf = (path: string): unknown[] => {
  const text = readFileSync(path, 'utf8')
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
}

const digestOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex')

describe('postern export run', () => {
  const bench = newBench()
  const { ADMIN_TOKEN } = testSettings
  const user = { username: 'leaving', password: 'correct horse battery staple' }
  let origin = ''
  const to: Answerer = (request) => answererAt(origin)(request)
  beforeAll(async () => {
    origin = (await bench.serve({ ADMIN_TOKEN })).origin
    await admin('POST', '/users', { ...user, email: 'leaving@example.com' }, to)
  })
  afterAll(async () => {
    await bench.endAll()
    bench.remove()
  })

  const exportRun = (...parameters: string[]): Promise<Ended> =>
    postern(['export', 'run', ...parameters], {
      environment: { POSTERN_URL: origin, POSTERN_TOKEN: ADMIN_TOKEN },
    })

  it('writes a private file for each kind, and a manifest with counts and digests', async () => {
    const out = newFolder()
    const { code, stdout } = await exportRun('--out', out, '--json')
    expect(code).toBe(0)
    const names = readdirSync(out)
    const kinds = kindsOf(false).map(({ name }) => `${name}.jsonl`)
    expect(new Set(names)).toEqual(new Set([...kinds, 'manifest.json']))
    const modes = [out, ...names.map((name) => join(out, name))].map(
      (path) => statSync(path).mode & 0o777,
    )
    expect(modes).toEqual([0o700, ...names.map(() => 0o600)])
    const files = kinds.map((file) => ({
      file,
      items: linesOf(join(out, file)).length,
      bytes: statSync(join(out, file)).size,
      sha256: digestOf(join(out, file)),
    }))
    expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))).toEqual({
      format: 'postern-export',
      version: 1,
      origin,
      with_hashes: false,
      begun_at: expect.any(Number),
      finished_at: expect.any(Number),
      files,
    })
    expect(JSON.parse(stdout)).toEqual({ items: files, next_cursor: null })
  })

  it('takes hashes along that the code of leaving.md verifies', async () => {
    const out = newFolder()
    expect(await exportRun('--out', out, '--with-hashes')).toEqual({
      code: 0,
      stdout: expect.any(String),
      stderr: `${out} has password hashes: keep it as you would keep the passwords.\n`,
    })
    const users = linesOf(join(out, 'users.jsonl'))
    const { hash } = Object(users.find((one) => Object(one).username === user.username)).password
    const page = readFileSync(join(projectFolder, 'src', 'operator', 'leaving.md'), 'utf8')
    const code = /```js\n(.*?)```/s.exec(page)?.[1] ?? ''
    const path = join(out, 'verify.mjs')
    writeFileSync(path, code)
    const { verify } = await import(path)
    expect({ right: verify(user.password, hash), wrong: verify('another', hash) }).toEqual({
      right: true,
      wrong: false,
    })
    expect(code.trimEnd().split('\n')).toHaveLength(12)
  })

  it('the other way out: a trusted client asks whether a password is right', async () => {
    const client = await registerClient({}, to)
    const ask = (password: string) => refusal(passwordGrant(client, { ...user, password }, {}, to))
    expect({ right: await ask(user.password), wrong: await ask('another') }).toEqual({
      right: { status: 200, error: undefined },
      wrong: { status: 400, error: 'invalid_grant' },
    })
  })

  it('refuses a folder that has something else, and one with a finished export', async () => {
    const out = newFolder()
    expect(await exportRun('--out', out)).toMatchObject({ code: 0 })
    expect(await exportRun('--out', out)).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${out} has a finished export: name another folder\n`,
    })
    expect(await exportRun('--out', projectFolder)).toMatchObject({
      code: 2,
      stderr: `error: ${projectFolder} is not empty: name another folder\n`,
    })
  })
})

/** A server with five users, one a page, and nothing else; it fails at the page after `lastPage`. */
function fakeServer(lastPage = Infinity, origin = 'https://id.example') {
  const asked: string[] = []
  return {
    asked,
    origin,
    async *pages(path: string, _query: object, { cursor = '0' }: { cursor?: string | undefined }) {
      if (path !== '/export/users') {
        yield { items: [], nextCursor: null }
        return
      }
      for (let page = Number(cursor); page < 5; page++) {
        if (page > lastPage) throw new Failure('unreachable', 'the server has gone')
        asked.push(String(page))
        yield { items: [{ sub: `user-${page}` }], nextCursor: page === 4 ? null : `${page + 1}` }
      }
    },
  }
}

const everyUser = [0, 1, 2, 3, 4].map((page) => ({ sub: `user-${page}` }))

const quiet = async () => undefined

describe('An export that broke off', () => {
  const breakOff = async (path: string, withHashes = false) => {
    const run = runExport(fakeServer(2), { path, withHashes }, quiet)
    await expect(run).rejects.toThrow('the server has gone')
  }

  it('goes on with the page that it had not noted', async () => {
    const path = newFolder()
    await breakOff(path)
    const server = fakeServer()
    const files = await runExport(server, { path, withHashes: false }, quiet)
    expect({ asked: server.asked, users: linesOf(join(path, 'users.jsonl')) }).toEqual({
      asked: ['3', '4'],
      users: everyUser,
    })
    expect(files[0]).toEqual({
      file: 'users.jsonl',
      items: 5,
      bytes: statSync(join(path, 'users.jsonl')).size,
      sha256: digestOf(join(path, 'users.jsonl')),
    })
  })

  it('drops what was written after the last note, such as half a line', async () => {
    const path = newFolder()
    await breakOff(path)
    appendFileSync(join(path, 'users.jsonl'), '{"sub":"user-3"}\n{"sub":"us')
    await runExport(fakeServer(), { path, withHashes: false }, quiet)
    expect(linesOf(join(path, 'users.jsonl'))).toEqual(everyUser)
  })

  it('goes on although it was ended before it had noted anything', async () => {
    const path = newFolder()
    const server = fakeServer(-1)
    await expect(runExport(server, { path, withHashes: false }, quiet)).rejects.toThrow('gone')
    writeFileSync(join(path, 'users.jsonl'), '{"sub":"user-0"}\n')
    await runExport(fakeServer(), { path, withHashes: false }, quiet)
    expect(linesOf(join(path, 'users.jsonl'))).toEqual(everyUser)
  })

  it('does not go on as an export of another server, or with hashes', async () => {
    const path = newFolder()
    await breakOff(path)
    const message = `${path} has an unfinished export of https://id.example without hashes: name another folder`
    await expect(runExport(fakeServer(), { path, withHashes: true }, quiet)).rejects.toThrow(
      message,
    )
    const other = fakeServer(Infinity, 'https://other.example')
    await expect(runExport(other, { path, withHashes: false }, quiet)).rejects.toThrow(message)
  })

  it('begins the users again after a day, when the cursors of hashes are too old', async () => {
    const path = newFolder()
    await breakOff(path, true)
    const state = join(path, 'export-in-progress.json')
    writeFileSync(state, readFileSync(state, 'utf8').replaceAll(/"begunAt": \d+/g, '"begunAt": 1'))
    const server = fakeServer()
    await runExport(server, { path, withHashes: true }, quiet)
    expect({ asked: server.asked, users: linesOf(join(path, 'users.jsonl')) }).toEqual({
      asked: ['0', '1', '2', '3', '4'],
      users: everyUser,
    })
  })
})
