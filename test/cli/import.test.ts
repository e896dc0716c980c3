// `postern import` against Postern itself: files of mixed hashes, breaks at any moment, and the run files.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delayed } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { answererAt, newBench } from '../operator/boot.ts'
import type { Answerer } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { passwordGrant } from '../support/tokens.ts'
import { type Ended, begin, postern } from './process.ts'

const bench = newBench()
const { ADMIN_TOKEN } = testSettings
const environment = { STATE_DIR: bench.stateFolder, POSTERN_TOKEN: ADMIN_TOKEN }
let origin = ''
const to: Answerer = (request) => answererAt(origin)(request)

beforeAll(async () => {
  origin = (await bench.serve({ ADMIN_TOKEN })).origin
})
afterAll(async () => {
  await bench.endAll()
  bench.remove()
})

const report = z.looseObject({
  import_id: z.string(),
  rows: z.number(),
  created: z.number(),
  skipped: z.number(),
  failed: z.number(),
  errors: z.array(z.looseObject({ file: z.string(), line: z.number() })),
})

/** Writes a file into the state folder, which the test removes. */
function fileOf(name: string, text: string): string {
  const path = join(bench.stateFolder, name)
  writeFileSync(path, text)
  return path
}

const run = (...parameters: string[]): Promise<Ended> =>
  postern(['import', ...parameters, '--json'], { environment })

async function imported(...parameters: string[]) {
  const { code, stdout, stderr } = await run('run', ...parameters)
  if (stdout === '') throw new Error(`${code} ${stderr}`)
  return { code, report: report.parse(JSON.parse(stdout)) }
}

const csvOf = (count: number, rowOf: (index: number) => string): string =>
  `id,username,email,password_hash\n${Array.from({ length: count }, (_, index) => `${rowOf(index + 1)}\n`).join('')}`

const runFile = (id: string) => join(bench.stateFolder, 'imports', `${id}.json`)

const countOf = async (prefix: string): Promise<number> => {
  const answer = await admin('GET', `/users?q=${prefix}&limit=500`, undefined, to)
  return z.object({ items: z.array(z.unknown()) }).parse(await answer.json()).items.length
}

/** Whether a password signs a user in. */
const signsIn = async (username: string, password: string): Promise<boolean> =>
  (await passwordGrant(await registerClient({}, to), { username, password }, {}, to)).ok

/** What four systems made of "Grüße, Tür 7!". */
const hashes = {
  bcrypt: '$2b$04$XRW3URjSUE82SlX.1tDM7.7uYxgPXUtz.uuk3Y4TBYOXyUPOpRfyW',
  phpass: '$P$6dKL/E.57Z0DOghY2E3Yy1Vqd6Tw.T0',
  argon2:
    '$argon2id$v=19$m=64,t=1,p=1$izsK57xJeQeEkT2T65Jinw$xr1bEs3oZJ8FuZAkzXUcxn2dRelXrm4McOSl7eHZk80',
  costly: `$2b$31$${'a'.repeat(53)}`,
}

describe('import run', () => {
  it('imports mixed hashes, which sign their users in', async () => {
    const kinds = Object.entries(hashes)
    const rows = kinds.map(([kind, hash]) => `${kind},mixed-${kind},,"${hash}"`)
    const path = fileOf('mixed.csv', `id,username,email,password_hash\n${rows.join('\n')}\n`)
    const { code, report: counts } = await imported(path, '--source-id', 'mixed')
    const password = 'Grüße, Tür 7!'
    expect({
      code,
      counts,
      signedIn: [
        await signsIn('mixed-bcrypt', password),
        await signsIn('mixed-bcrypt', password),
        await signsIn('mixed-phpass', password),
        await signsIn('mixed-argon2', password),
        await signsIn('mixed-costly', password),
      ],
    }).toMatchObject({
      code: 0,
      counts: {
        source: 'csv',
        source_id: 'mixed',
        dry_run: false,
        rows: 4,
        created: 4,
        updated: 0,
        skipped: 0,
        failed: 0,
        reset: 1,
        errors: [{ file: path, line: 5, field: 'password.hash', code: 'too_costly' }],
      },
      signedIn: [true, true, true, true, false],
    })
  })

  it('says how a column of hashes is named where no row had a password', async () => {
    const rows = Object.values(hashes).map((hash, index) => `unnamed-${index},"${hash}"`)
    const path = fileOf('unnamed.csv', `login,digest\n${rows.join('\n')}\n`)
    const hint = 'name it: --map password_hash=COLUMN'
    const without = await run('run', path, '--dry-run')
    const named = await run('run', path, '--dry-run', '--map', 'password_hash=digest')
    expect({ without: without.stderr, named: named.stderr }).toEqual({
      without: expect.stringContaining(hint),
      named: expect.not.stringContaining(hint),
    })
  })

  it('reports rows that fail by file and line, with exit code 1, and dry runs alike', async () => {
    const path = fileOf(
      'partly.csv',
      csvOf(3, (nth) => `${nth},partly-${nth === 3 ? 2 : nth},,`),
    )
    const dry = await imported(path, '--source-id', 'partly', '--dry-run')
    const before = await countOf('partly-')
    const wet = await imported(path, '--source-id', 'partly')
    const { import_id: _dry, ...dryCounts } = dry.report
    const { import_id: _wet, ...wetCounts } = wet.report
    expect({ codes: [dry.code, wet.code], before, after: await countOf('partly-') }).toEqual({
      codes: [1, 1],
      before: 0,
      after: 2,
    })
    expect({ ...dryCounts, dry_run: false }).toEqual(wetCounts)
    expect(wet.report).toMatchObject({
      created: 2,
      failed: 1,
      errors: [{ file: path, line: 4, field: 'username', code: 'taken' }],
    })
  })

  it('stops with exit code 7 when most of the first 1,000 rows fail, unless told to go on', async () => {
    const path = fileOf(
      'bad.csv',
      csvOf(2_600, (nth) => `${nth},two  spaces,,`),
    )
    const stopped = await imported(path, '--source-id', 'bad')
    const goneOn = await imported(path, '--source-id', 'bad', '--keep-going')
    expect({
      stopped: { code: stopped.code, isPartial: stopped.report.rows < 2_600 },
      goneOn: { code: goneOn.code, failed: goneOn.report.failed },
      same: goneOn.report.import_id === stopped.report.import_id,
    }).toEqual({
      stopped: { code: 7, isPartial: true },
      goneOn: { code: 1, failed: 2_600 },
      same: true,
    })
  })

  it('keeps of a run where its input is, for its owner alone, and no hash', async () => {
    const path = fileOf(
      'kept.csv',
      csvOf(1, () => `1,kept,,"${hashes.bcrypt}"`),
    )
    const { report: counts } = await imported(path, '--source-id', 'kept')
    const text = readFileSync(runFile(counts.import_id), 'utf8')
    expect({
      mode: statSync(runFile(counts.import_id)).mode & 0o777,
      run: JSON.parse(text),
      hasHash: text.includes('$2b$'),
    }).toEqual({
      mode: 0o600,
      run: {
        id: counts.import_id,
        origin,
        state: 'finished',
        startedAt: expect.any(Number),
        inputs: [
          { path, size: statSync(path).size, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        ],
        settings: { files: [path], 'source-id': 'kept' },
      },
      hasHash: false,
    })
  })

  it('says the key of --ask once, on stderr and in the report', async () => {
    const path = fileOf(
      'ask.csv',
      csvOf(1, () => '1,asked,,'),
    )
    const url = 'https://old.example.com/check'
    const { code, stdout, stderr } = await run('run', path, '--source-id', 'ask', '--ask', url)
    const { ask_key } = z.looseObject({ ask_key: z.string() }).parse(JSON.parse(stdout))
    expect({ code, isSaid: stderr.includes(ask_key), isLong: ask_key.length >= 43 }).toEqual({
      code: 0,
      isSaid: true,
      isLong: true,
    })
  })

  it.each([
    [['nothing.csv', '--source', 'netscape'], 2],
    [['missing.csv'], 1],
    [['mixed.csv', '--on-existing', 'replace'], 2],
    [['mixed.csv', '--link', 'google'], 2],
    [['mixed.csv', '--dry-runn'], 2],
    [[], 2],
  ])('refuses %j with exit code %i', async (parameters, expected) => {
    fileOf('nothing.csv', 'a\n1\n')
    const [file, ...options] = parameters
    const files = file === undefined ? [] : [join(bench.stateFolder, file)]
    const { code, stdout } = await run('run', ...files, ...options)
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
  })
})

describe('O24: an import that is cut off', () => {
  /** A file whose import takes some seconds: the server hashes its passwords. */
  const slowFile = (name: string, count = 60) =>
    fileOf(
      `${name}.ndjson`,
      Array.from({ length: count }, (_, index) => {
        const row = { sub: `${name}-${index}`, username: `${name}-${index}` }
        return `${JSON.stringify({ ...row, password: { plain: `password ${index}` } })}\n`
      }).join(''),
    )

  /** Starts an import and waits until a part of it is in. */
  async function halfway(path: string, name: string) {
    const started = begin(['import', 'run', path, '--source-id', name, '--json'], { environment })
    while ((await countOf(`${name}-`)) === 0) await delayed(50)
    return started
  }

  it('by Ctrl-C is 130, and the same command goes on: nobody twice, nobody lost', async () => {
    // So many that some are left when a busy machine notices the first.
    const rows = 90
    const path = slowFile('ctrlc', rows)
    const { child, ended } = await halfway(path, 'ctrlc')
    child.kill('SIGINT')
    const { code, stdout } = await ended
    const before = await countOf('ctrlc-')
    const again = await imported(path, '--source-id', 'ctrlc')
    const { created, skipped } = again.report
    expect({
      code,
      stdout,
      isPartial: before < rows,
      again: { code: again.code, rows: again.report.rows, created, skipped },
      count: await countOf('ctrlc-'),
    }).toEqual({
      code: 130,
      stdout: '',
      isPartial: true,
      again: { code: 0, rows, created: rows, skipped: 0 },
      count: rows,
    })
  })

  it('by kill -9 goes on by resume, unless its file has changed', async () => {
    const path = slowFile('killed')
    const { child, ended } = await halfway(path, 'killed')
    child.kill('SIGKILL')
    await ended
    const files = readdirSync(join(bench.stateFolder, 'imports'))
    const runs = files.map((name) => JSON.parse(readFileSync(runFile(name.slice(0, -5)), 'utf8')))
    const { id } = z
      .looseObject({ id: z.string() })
      .parse(runs.find(({ settings }) => settings['source-id'] === 'killed'))
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, `${text}\n`)
    const changed = await run('resume', id)
    writeFileSync(path, text)
    const { code, stdout } = await run('resume', id)
    expect({
      changed: { code: changed.code, stderr: changed.stderr },
      resumed: { code, created: report.parse(JSON.parse(stdout)).created },
      count: await countOf('killed-'),
      over: (await run('resume', id)).code,
    }).toEqual({
      changed: { code: 1, stderr: expect.stringContaining('has changed') },
      resumed: { code: 0, created: 60 },
      count: 60,
      over: 2,
    })
  })

  it('with more passwords in clear than may be stops, and goes on with --max-plain', async () => {
    const path = slowFile('plain', 30)
    const limited = await run('run', path, '--source-id', 'plain', '--max-plain', '20')
    const again = await imported(path, '--source-id', 'plain', '--max-plain', '30')
    expect({
      limited: limited.code,
      again: { code: again.code, created: again.report.created },
    }).toEqual({ limited: 1, again: { code: 0, created: 30 } })
  })
})

describe('import list, show and undo', () => {
  it('show the run, and undo what it made', async () => {
    const path = fileOf(
      'undo.csv',
      csvOf(3, (nth) => `${nth},undo-${nth},,`),
    )
    const { report: counts } = await imported(path, '--source-id', 'undo')
    const id = counts.import_id
    const shown: unknown = JSON.parse((await run('show', id)).stdout)
    const listed = (await run('list')).stdout.includes(id)
    const undone = await run('undo', id, '--yes')
    expect({
      shown,
      listed,
      unasked: (await run('undo', id)).code,
      undone: JSON.parse(undone.stdout),
      left: await countOf('undo-'),
    }).toMatchObject({
      shown: { id, state: 'finished', created: 3, files: [path] },
      listed: true,
      unasked: 2,
      undone: { removed: 3, kept: [], kept_count: 0 },
      left: 0,
    })
  })
})
