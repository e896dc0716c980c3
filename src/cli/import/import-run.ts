// An import as it runs: rows are read, put into chunks and sent, strictly in order, so that of two rows
// with one name the second of the file is the one that fails. The next chunk is read while the last one
// is on its way.
import { Refusal } from '../../operator/refusal.ts'
import { Failure, misuse } from '../failure.ts'
import { type JsonObject, formatJson, objectsOf, textOf } from '../json.ts'
import { newProgress } from '../progress.ts'
import { type OpenedSource, isSourceName, openSource } from '../sources/open-source.ts'
import { sourceNames } from '../sources/source.ts'
import type { Context } from '../verb.ts'
import { type Chunk, chunksOf } from './chunks.ts'
import { Report } from './report.ts'
import { type InputFile, type Run, RunFiles, describeFiles, requireUnchanged } from './run-file.ts'
import { filesOf, newImportOf, sideFilesOf, sourceOptionsOf } from './settings.ts'

/** What a run may be told anew when it is resumed: it changes nothing of what is sent. */
export type Limits = {
  /** The most passwords in clear, each of which takes the server a tenth of a second. */
  maxPlain: number
  /** Goes on although most of the first rows fail. */
  keepGoing: boolean
}

/** After so many rows it is judged whether the file can be meant. */
const judgedRows = 1_000

/** Imports files. The same command again goes on with a run that was cut off. @throws Failure */
export async function runImport(
  context: Context,
  settings: JsonObject,
  limits: Limits,
): Promise<void> {
  const { api, say } = context
  const runs = new RunFiles(process.env)
  const now = Math.floor(Date.now() / 1000)
  const opened = await openedFor(settings, now)
  const inputs = await describeFiles([...opened.files, ...sideFilesOf(settings)])
  const unfinished = runs.findUnfinished(api.origin, inputs, settings)
  if (unfinished !== null) {
    say(`Going on with the import ${unfinished.id}, which was cut off.`)
    return resumeRun(context, unfinished, limits)
  }
  const run = await begin(context, runs, settings, opened.source, inputs, now)
  await send(context, runs, run.run, opened, limits, run.askKey)
}

/** Goes on with a run that was cut off: what has been imported gets its first answers again. */
export async function resumeRun(context: Context, run: Run, limits: Limits): Promise<void> {
  const { api } = context
  if (run.origin !== api.origin) {
    throw misuse(`the import ${run.id} is one of ${run.origin}, and this is ${api.origin}`)
  }
  await requireUnchanged(run)
  const opened = await openedFor(run.settings, run.startedAt)
  await send(context, new RunFiles(process.env), run, opened, limits, undefined)
}

/** @throws Failure for what the operator can mend */
async function openedFor(settings: JsonObject, now: number): Promise<OpenedSource> {
  const source = textOf(settings, 'source')
  if (source !== undefined && !isSourceName(source)) {
    throw misuse(`--source ${source}: there is no such source, only ${sourceNames.join(', ')}`)
  }
  try {
    return await openSource(filesOf(settings), sourceOptionsOf(settings, now))
  } catch (cause) {
    throw cause instanceof Refusal ? misuse(cause.message) : cause
  }
}

async function begin(
  { api, say }: Context,
  runs: RunFiles,
  settings: JsonObject,
  source: string,
  inputs: readonly InputFile[],
  startedAt: number,
): Promise<{ run: Run; askKey: string | undefined }> {
  // An import whose answer was lost stays empty, and harms nobody.
  const call = { path: '/imports', body: newImportOf(settings, source), repeatable: true }
  const { body } = await api.call('POST', call)
  const id = textOf(body, 'id')
  if (id === undefined) throw new Failure('unreachable', 'the server named no import')
  const run: Run = { id, origin: api.origin, state: 'running', startedAt, inputs, settings }
  runs.write(run)
  const askKey = textOf(body, 'ask_key')
  // Said at once: if the run is cut off, the report that has it does not come.
  if (askKey !== undefined) say(`Key of Postern-Signature, shown once: ${askKey}`)
  return { run, askKey }
}

async function send(
  context: Context,
  runs: RunFiles,
  run: Run,
  opened: OpenedSource,
  limits: Limits,
  askKey: string | undefined,
): Promise<void> {
  const before = await context.api.get(`/imports/${run.id}`)
  const isRunning = textOf(before, 'state') === 'running'
  const counts = isRunning
    ? await sendAll(context, run, opened, limits, askKey)
    : countsOf(context, before)
  runs.write({ ...run, state: textOf(before, 'state') === 'undone' ? 'undone' : 'finished' })
  await write(context, run, opened.source, counts, askKey)
  const reset = Number(counts.reset)
  if (reset > 0) {
    context.say(
      `${reset} came without a password that could be taken over: npx postern users reset gives each` +
        ' a link to set one.',
    )
    // A table names its columns as it likes, and one that nobody names is left out.
    if (opened.source === 'csv' && reset === counts.created) {
      context.say('If a column has their hashes, name it: --map password_hash=COLUMN')
    }
  }
  const failed = Number(counts.failed)
  if (failed > 0) throw new Failure('refused', `${failed} of ${Number(counts.rows)} rows failed`)
}

/** Sends every chunk, ends the import, and returns its report. @throws Failure */
async function sendAll(
  context: Context,
  run: Run,
  { source, rows }: OpenedSource,
  limits: Limits,
  askKey: string | undefined,
): Promise<JsonObject> {
  const { api, say, signal } = context
  const report = new Report()
  try {
    await sendChunks(context, run, chunksOf(rows), report, limits)
  } catch (cause) {
    if (signal.aborted) say(`Interrupted. The same command again goes on with ${run.id}.`)
    else say(`Not finished. To go on: npx postern import resume ${run.id}`)
    if (cause instanceof TooManyBadRows) {
      await write(context, run, source, report.toJson(), askKey)
    }
    throw cause instanceof Refusal ? new Failure('refused', cause.message) : cause
  }
  await api.call('POST', { path: `/imports/${run.id}/finish`, repeatable: true })
  return report.toJson()
}

/** Returns the counts of an import that ended before this command could say so. */
function countsOf({ say }: Context, before: JsonObject): JsonObject {
  say('The import has ended already. Its errors are no longer known.')
  const { rows, created, updated, skipped, failed, reset, totp, links } = before
  const counts = { rows, created, updated, skipped, failed, reset, totp }
  return { ...counts, skipped_by: {}, errors: [], links: { made: links, unnamed: 0 } }
}

class TooManyBadRows extends Failure {}

async function sendChunks(
  { api, stderr, signal }: Context,
  run: Run,
  chunks: AsyncIterable<Chunk>,
  report: Report,
  { maxPlain, keepGoing }: Limits,
): Promise<void> {
  const progress = newProgress(stderr, 'rows')
  let plain = 0
  let isJudged = keepGoing
  const settle = async ({ chunk, answer }: Sent): Promise<void> => {
    report.add(chunk, await answer)
    await progress.at(report.rows)
    if (isJudged || report.rows < judgedRows) return
    isJudged = true
    const failed = report.count('failed')
    if (failed * 2 > report.rows) throw tooManyBadRows(failed, report.rows)
  }
  let sent: Sent | undefined
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted()
      plain += chunk.plain
      if (plain > maxPlain) throw tooManyPlain(maxPlain)
      if (sent !== undefined) await settle(sent)
      sent = { chunk, answer: put(api, run, chunk) }
      // Awaited above or below; if reading fails before, that failure is the one to tell.
      sent.answer.catch(() => undefined)
    }
    if (sent !== undefined) await settle(sent)
  } finally {
    await progress.end()
  }
}

type Sent = { chunk: Chunk; answer: Promise<JsonObject | null> }

async function put(
  api: Context['api'],
  { id }: Run,
  { number, body }: Chunk,
): Promise<JsonObject | null> {
  if (body.byteLength === 0) return null
  const bytes = { type: 'application/x-ndjson', content: body }
  return (await api.call('PUT', { path: `/imports/${id}/chunks/${number}`, bytes })).body
}

const tooManyBadRows = (failed: number, rows: number): Failure =>
  new TooManyBadRows('tooManyBadRows', `${failed} of the first ${rows} rows failed: stopped`, [
    'look at the errors; --keep-going imports the others all the same',
  ])

const tooManyPlain = (most: number): Failure =>
  new Failure('refused', `the files have more than ${most} passwords in clear`, [
    'each takes the server a tenth of a second: --max-plain says how many may be',
  ])

/** The most errors that people are shown. */
const mostShown = 20

async function write(
  { output, say }: Context,
  run: Run,
  source: string,
  counts: JsonObject,
  askKey: string | undefined,
): Promise<void> {
  const report = {
    import_id: run.id,
    source,
    source_id: textOf(run.settings, 'source-id') ?? source,
    dry_run: run.settings['dry-run'] === true,
    ...counts,
    ...(askKey === undefined ? {} : { ask_key: askKey }),
  }
  const errors = objectsOf(counts, 'errors')
  if (output.format !== 'table') return output.object(report, { secret: 'ask_key' })
  for (const { file, line, field, detail } of errors.slice(0, mostShown)) {
    say(
      `${String(file)}:${Number(line)} ${field === '' ? 'the row' : String(field)} ${String(detail)}`,
    )
  }
  if (errors.length > mostShown) say(`${errors.length - mostShown} more errors: use --json`)
  await output.object({
    ...report,
    errors: errors.length,
    skipped_by: formatJson(counts.skipped_by),
  })
}
