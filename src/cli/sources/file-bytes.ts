import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Refusal } from '../../operator/refusal.ts'

/** What a row may have at most, in bytes: a chunk of the import protocol has no more. */
export const maximumRowBytes = 1024 * 1024

/**
 * Reads a file piece by piece: without the byte order mark, and unpacked if it is gzip, whatever its
 * name.
 * @throws Refusal if it is UTF-16, or a gzip file that is cut short
 */
export async function* fileBytes(path: string): AsyncGenerator<Buffer> {
  const packed = await isGzip(path)
  const stream: AsyncIterable<Buffer> = packed ? unpacked(path) : createReadStream(path)
  let start = Buffer.alloc(0)
  let hasBegun = false
  try {
    for await (const bytes of stream) {
      if (hasBegun) {
        yield bytes
        continue
      }
      start = Buffer.concat([start, bytes])
      hasBegun = start.length >= 3
      if (hasBegun) yield withoutMark(path, start)
    }
  } catch (cause) {
    if (packed && isUnpackingError(cause)) {
      throw new Refusal(`${basename(path)} is not a whole gzip file`)
    }
    throw cause
  }
  if (!hasBegun) yield withoutMark(path, start)
}

// An error of either stream ends the other: `pipe` alone would leave the file open.
const unpacked = (path: string) => pipeline(createReadStream(path), createGunzip(), () => undefined)

async function isGzip(path: string): Promise<boolean> {
  for await (const bytes of createReadStream(path, { end: 1 })) {
    return Buffer.isBuffer(bytes) && bytes.equals(Buffer.of(0x1f, 0x8b))
  }
  return false
}

function withoutMark(path: string, start: Buffer): Buffer {
  const mark = start.subarray(0, 2)
  if (mark.equals(Buffer.of(0xff, 0xfe)) || mark.equals(Buffer.of(0xfe, 0xff))) {
    throw new Refusal(`${basename(path)} is UTF-16: save it as UTF-8`)
  }
  return start.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf)) ? start.subarray(3) : start
}

const isUnpackingError = (cause: unknown) =>
  cause instanceof Error && 'code' in cause && /^Z_/.test(String(cause.code))
