// How large the worker is, and how soon one answers that has just been spawned: Postern with every face
// mounted beside the limit, which is no more than the platform itself takes.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { dialects } from '../../src/dialects/dialects.ts'
import type { Bundle } from './bundle.ts'
import { bundleLimit, compatibilityDate } from './limit.ts'
import { bundlePostern, readWrangler, settings } from './postern.ts'
import { startUps, type StartUp } from './startup.ts'

export type Size = { bundled: Bundle; ours: StartUp; limit: StartUp }

const starts = 9

export async function measureSize(folder: string): Promise<Size> {
  const wrangler = readWrangler()
  const bundled = await bundlePostern(join(folder, 'sized'))
  const limitFolder = join(folder, 'sized-limit')
  mkdirSync(limitFolder)
  const postern = {
    bundle: bundled,
    compatibilityDate: wrangler.compatibility_date ?? '',
    compatibilityFlags: wrangler.compatibility_flags,
    settings: { ...settings, DIALECTS: dialects.map(({ name }) => name).join(',') },
    path: '/.well-known/openid-configuration',
  }
  const limit = {
    bundle: await bundleLimit(limitFolder),
    compatibilityDate,
    compatibilityFlags: [],
    settings: {},
    path: '/hello',
  }
  const [ours, theirs] = await startUps([postern, limit], starts)
  if (ours === undefined || theirs === undefined) throw new Error('the start-up was not measured')
  return { bundled, ours, limit: theirs }
}

export const sizeText = ({ bundled, ours, limit }: Size): string =>
  [
    sizeLine(bundled),
    `start-up: ${startLine(ours)}; the limit ${startLine(limit)}; medians of ${starts} in turn`,
  ].join('\n')

function sizeLine({ bytes, gzipBytes, startGzipBytes, parts }: Bundle): string {
  const largest = parts.slice(0, 8).map(([name, size]) => `${name} ${kib(size)}`)
  return `bundle: ${kib(bytes)} KiB minified, ${kib(gzipBytes)} KiB gzip, ${kib(startGzipBytes)} of them for the first response (the largest parts before gzip: ${largest.join(', ')})`
}

const startLine = ({ firstAnswer, fastest, slowest, cpu }: StartUp): string =>
  `first answer ${whole(firstAnswer)} ms after spawn (${whole(fastest)} to ${whole(slowest)}), ${whole(cpu)} ms of CPU until then`

const kib = (bytes: number): string => (bytes / 1024).toFixed(1)

const whole = (milliseconds: number): string => milliseconds.toFixed(0)
