// The mark as pixels, for requests of PNG or ICO: a phone's home screen and /favicon.ico. The
// shapes are those of mark.tsx, in its square of 50 units starting at -5.

import { accentOn, surfaceOn } from './accent.ts'
import { day } from './palette.ts'
import type { Shape } from './stylesheet.ts'

/**
 * Returns an opaque PNG (RFC 2083) of the mark on the wall's colour, or where pages are plain a tile in
 * the accent colour. `size` is in pixels.
 */
export async function pngIcon(
  accentColour: string,
  size: number,
  shape: Shape = 'arch',
): Promise<Uint8Array> {
  const { colour } = accentOn(accentColour, day.wall)
  const tile = surfaceOn(accentColour, day.wall).colour
  const [ground, ink] = shape === 'plain' ? [tile, tile] : [day.wall, colour]
  const header = new DataView(new ArrayBuffer(13))
  header.setUint32(0, size)
  header.setUint32(4, size)
  // Eight bits per channel; red, green and blue.
  header.setUint8(8, 8)
  header.setUint8(9, 2)
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', await deflated(pixels(channelsOf(ground), channelsOf(ink), size))),
    chunk('IEND', new Uint8Array()),
  ])
}

/** Returns an ICO file with one picture, a PNG of at most 255 pixels. */
export function icoOf(png: Uint8Array, size: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(22))
  const littleEndian = true
  header.setUint16(2, 1, littleEndian)
  header.setUint16(4, 1, littleEndian)
  header.setUint8(6, size)
  header.setUint8(7, size)
  header.setUint16(10, 1, littleEndian)
  header.setUint16(12, 24, littleEndian)
  header.setUint32(14, png.byteLength, littleEndian)
  header.setUint32(18, header.byteLength, littleEndian)
  return joined([new Uint8Array(header.buffer), png])
}

type Channels = readonly [red: number, green: number, blue: number]

function channelsOf(colour: string): Channels {
  const value = Number.parseInt(colour.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

/** Returns the rows from top to bottom, each after the byte for "not filtered". */
function pixels(ground: Channels, ink: Channels, size: number): Uint8Array {
  const bytes = new Uint8Array(size * (1 + 3 * size))
  let at = 0
  for (let row = 0; row < size; row++) {
    at++
    for (let column = 0; column < size; column++) {
      const share = coverage(column, row, size)
      for (const channel of [0, 1, 2] as const) {
        bytes[at++] = Math.round(ground[channel] + (ink[channel] - ground[channel]) * share)
      }
    }
  }
  return bytes
}

const samples = [1 / 4, 3 / 4] as const

/** Returns how much of a pixel the mark covers, by four samples. */
function coverage(column: number, row: number, size: number): number {
  let sum = 0
  for (const dx of samples) {
    for (const dy of samples) {
      sum += inkAt(((column + dx) / size) * 50 - 5, ((row + dy) / size) * 50)
    }
  }
  return sum / 4
}

/** Returns 1 on the frame and leaf of the door, and less in the opening behind them. */
function inkAt(x: number, y: number): number {
  if (y > 47) return 0
  const fromAxis = y > 20 ? Math.abs(x - 20) : length(x - 20, y - 20)
  if (Math.abs(fromAxis - 16) <= 1.5) return 1
  const fromLeaf = length((x - 15.8) / 6.8, y > 20 ? 0 : (y - 20) / 11)
  if (fromLeaf <= 1) return 1
  return fromAxis <= 11 ? 0.2 : 0
}

// Math.hypot guards against overflow and is many times slower.
const length = (x: number, y: number): number => Math.sqrt(x * x + y * y)

const deflated = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(
    await new Response(
      new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate')),
    ).arrayBuffer(),
  )

function chunk(type: string, content: Uint8Array): Uint8Array {
  const named = joined([new TextEncoder().encode(type), content])
  const ends = new DataView(new ArrayBuffer(8))
  ends.setUint32(0, content.byteLength)
  ends.setUint32(4, checksum(named))
  return joined([new Uint8Array(ends.buffer, 0, 4), named, new Uint8Array(ends.buffer, 4, 4)])
}

/** CRC-32 of ISO 3309, which PNG uses. */
function checksum(bytes: Uint8Array): number {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}
