// Argon2 (RFC 9106) of all three types and both versions. The package's WebAssembly mixes the blocks; this
// file arranges them. The package's own JavaScript knows Argon2id alone, and a second library would
// keep a second memory of 64 MiB, while an isolate has 128 MiB in all.
import blake2b from 'argon2id/lib/blake2b.js'
import { once } from '../protocol/once.ts'
import { joined } from './encoding.ts'

export type Argon2 = {
  type: 'd' | 'i' | 'id'
  /** 0x10, or 0x13, the version of RFC 9106. */
  version: 16 | 19
  /** Memory in KiB, at least 8 for each lane, at most `largestMemory`. */
  memory: number
  passes: number
  lanes: number
}

/** In KiB: what the one memory of an isolate has room for. */
export const largestMemory = 65_536

const typeNumbers = { d: 0, i: 1, id: 2 }
const blockBytes = 1024
const slices = 4
// The scratch space at the start of the memory, as addresses of blocks. Memory begins as zeros: nothing
// is ever written to `zeros`, and always the same numbers to `addressInput`.
const scratch = 0
const addresses = blockBytes
const addressInput = 2 * blockBytes
const zeros = 3 * blockBytes
const spare = 4 * blockBytes
const reference = 5 * blockBytes
const firstBlock = 6 * blockBytes
const addressesInBlock = blockBytes / 8

type Machine = { mix: Mixing; memory: ArrayBuffer }

type Mixing = {
  /** Mixes the blocks at two addresses into a third (RFC 9106 3.5). */
  G: (one: number, other: number, result: number, scratch: number) => void
  /** Mixes twice, as the addresses of data-independent blocks are made. */
  G2: (one: number, other: number, result: number, scratch: number) => void
  xor: (result: number, one: number, other: number) => void
  /** Writes the lane and the column of the block that J1 and J2 refer to (RFC 9106 3.4.2). */
  getLZ: (
    result: number,
    j1j2: number,
    lane: number,
    lanes: number,
    pass: number,
    slice: number,
    index: number,
    slices: number,
    segmentLength: number,
  ) => void
}

// One memory, made when it is first needed: computations run one at a time, since none of them waits.
// The module is imported here because Node, where other parts of this tree run, cannot load it.
const machine = once(async (): Promise<Machine> => {
  const { default: mixing } = await import('argon2id/dist/simd.wasm')
  // What the package's binary demands: 65 MiB, of which the system provides what is written to.
  const memory = new WebAssembly.Memory({ initial: 1040, maximum: 1040 })
  const { exports } = new WebAssembly.Instance(mixing, { env: { memory } })
  const mix: Mixing = {
    G: exported(exports, 'G'),
    G2: exported(exports, 'G2'),
    xor: exported(exports, 'xor'),
    getLZ: exported(exports, 'getLZ'),
  }
  return { mix, memory: memory.buffer }
})

function exported(exports: WebAssembly.Exports, name: string): (...values: number[]) => void {
  const found = exports[name]
  if (typeof found !== 'function') throw new Error(`the module of Argon2 exports no ${name}`)
  return (...values) => {
    Reflect.apply(found, undefined, values)
  }
}

/** Computes `length` bytes (RFC 9106 3.2). The parameters must be within their bounds. */
export async function argon2(
  settings: Argon2,
  password: Uint8Array,
  salt: Uint8Array,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { type, version, memory, passes, lanes } = settings
  const start = hashed(
    64,
    numbers(lanes, length, memory, passes, version, typeNumbers[type]),
    ...[password, salt, empty, empty].flatMap((part) => [numbers(part.byteLength), part]),
  )
  const matrix = new Matrix(settings, await machine(), start)
  for (let pass = 0; pass < passes; pass++) {
    for (let slice = 0; slice < slices; slice++) {
      for (let lane = 0; lane < lanes; lane++) matrix.fill(pass, slice, lane)
    }
  }
  return hashedLong(length, matrix.finalBlock())
}

/** The matrix of blocks: a row for each lane, whose columns are four slices. */
class Matrix {
  readonly #settings: Argon2
  readonly #mix: Mixing
  readonly #memory: ArrayBuffer
  readonly #view: DataView
  /** How many columns a slice has. */
  readonly #segment: number
  readonly #columns: number

  constructor(settings: Argon2, { mix, memory }: Machine, start: Uint8Array) {
    this.#settings = settings
    this.#mix = mix
    this.#memory = memory
    this.#view = new DataView(memory)
    this.#segment = Math.floor(settings.memory / (slices * settings.lanes))
    this.#columns = slices * this.#segment
    for (let lane = 0; lane < settings.lanes; lane++) {
      for (const column of [0, 1]) {
        const first = hashedLong(blockBytes, joined(start, numbers(column, lane)))
        this.#block(this.#address(lane, column)).set(first)
      }
    }
  }

  /** Fills the blocks of a lane in one slice (RFC 9106 3.4). */
  fill(pass: number, slice: number, lane: number): void {
    const { type, version, lanes } = this.#settings
    const isIndependent = type === 'i' || (type === 'id' && pass === 0 && slice < 2)
    const first = pass === 0 && slice === 0 ? 2 : 0
    for (let index = first; index < this.#segment; index++) {
      if (isIndependent && (index === first || index % addressesInBlock === 0)) {
        this.#makeAddresses(pass, slice, lane, Math.floor(index / addressesInBlock) + 1)
      }
      const column = slice * this.#segment + index
      const before = this.#address(lane, (column + this.#columns - 1) % this.#columns)
      const j1j2 = isIndependent ? addresses + 8 * (index % addressesInBlock) : before
      this.#mix.getLZ(reference, j1j2, lane, lanes, pass, slice, index, slices, this.#segment)
      const at = this.#address(lane, column)
      // Until version 0x13 a later pass overwrote the blocks of the one before.
      if (pass === 0 || version === 16) this.#mix.G(before, this.#referred(), at, scratch)
      else {
        this.#mix.G(before, this.#referred(), spare, scratch)
        this.#mix.xor(at, at, spare)
      }
    }
  }

  /** Returns the last column of all lanes in one block. */
  finalBlock(): Uint8Array {
    const last = this.#columns - 1
    const final = this.#address(0, last)
    for (let lane = 1; lane < this.#settings.lanes; lane++) {
      this.#mix.xor(final, final, this.#address(lane, last))
    }
    return this.#block(final)
  }

  /** Makes the next 128 values of J1 and J2, which depend on no data (RFC 9106 3.4.1.2). */
  #makeAddresses(pass: number, slice: number, lane: number, counter: number): void {
    const { type, passes, lanes } = this.#settings
    const blocks = lanes * this.#columns
    const input = [pass, lane, slice, blocks, passes, typeNumbers[type], counter]
    for (const [place, value] of input.entries()) {
      this.#view.setUint32(addressInput + 8 * place, value, true)
    }
    this.#mix.G2(zeros, addressInput, addresses, scratch)
  }

  /** Returns the address of the block that `getLZ` has chosen. */
  #referred(): number {
    const lane = this.#view.getUint32(reference, true)
    return this.#address(lane, this.#view.getUint32(reference + 4, true))
  }

  #address(lane: number, column: number): number {
    return firstBlock + blockBytes * (lane * this.#columns + column)
  }

  #block(address: number): Uint8Array {
    return new Uint8Array(this.#memory, address, blockBytes)
  }
}

const empty = new Uint8Array()

/** Encodes 32-bit numbers, least significant byte first. */
function numbers(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length))
  for (const [place, value] of values.entries()) view.setUint32(4 * place, value, true)
  return new Uint8Array(view.buffer)
}

function hashed(length: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = new Uint8Array(length)
  blake2b(length)
    .update(joined(...parts))
    .digest(hash)
  return hash
}

/** The variable-length hash H' (RFC 9106 3.3). */
function hashedLong(length: number, input: Uint8Array): Uint8Array<ArrayBuffer> {
  if (length <= 64) return hashed(length, numbers(length), input)
  let value = hashed(64, numbers(length), input)
  const parts = [value.subarray(0, 32)]
  let missing = length - 32
  while (missing > 64) {
    value = hashed(64, value)
    parts.push(value.subarray(0, 32))
    missing -= 32
  }
  return joined(...parts, hashed(missing, value))
}
