// bcrypt's core, EksBlowfish (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999). The usual
// library is 9 KiB in the bundle, nearly all of it Blowfish's tables; those are digits of π, which can
// be computed. Only hashes of other systems are verified with it: an error would let nobody in.
import { once } from '../../protocol/once.ts'

const keyWords = 18
const boxWords = 4 * 256
const stateBytes = 4 * (keyWords + boxWords)
const boxes = 4 * keyWords

/**
 * The fraction of π in binary, from the P-array through the four S-boxes, as little-endian words, which
 * every processor reads fastest.
 */
const initialState = once((): ArrayBuffer => {
  const guard = 64n
  const one = 1n << (8n * BigInt(stateBytes) + guard)
  // Machin's formula: π = 16 arctan(1/5) - 4 arctan(1/239).
  const pi = 16n * arctan(5n, one) - 4n * arctan(239n, one)
  const digits = ((pi - 3n * one) >> guard).toString(16).padStart(2 * stateBytes, '0')
  const words = new DataView(Uint8Array.fromHex(digits).buffer)
  for (let at = 0; at < stateBytes; at += 4) words.setInt32(at, words.getInt32(at), true)
  return words.buffer
})

/** Returns arctan(1 / `inverse`) in units of 1 / `one`, by Gregory's series. */
function arctan(inverse: bigint, one: bigint): bigint {
  let sum = 0n
  let power = one / inverse
  for (let divisor = 1n; power !== 0n; divisor += 2n) {
    sum += divisor % 4n === 1n ? power / divisor : -(power / divisor)
    power /= inverse * inverse
  }
  return sum
}

/** Blowfish with a key schedule that is as slow as `cost` demands. */
class EksBlowfish {
  readonly #state = new DataView(initialState().slice(0))
  left = 0
  right = 0

  constructor(cost: number, salt: Uint8Array, key: Uint8Array) {
    const keyCycle = cycle(key, boxes)
    const saltCycle = cycle(salt, boxes)
    const nothing = new DataView(new ArrayBuffer(16))
    this.#expand(keyCycle, cycle(salt, 16))
    for (let round = 2 ** cost; round > 0; round--) {
      this.#expand(keyCycle, nothing)
      this.#expand(saltCycle, nothing)
    }
  }

  /** Encrypts the block in `left` and `right` in place. */
  encrypt(): void {
    const state = this.#state
    let left = this.left ^ state.getInt32(0, true)
    let right = this.right
    for (let at = 4; at < boxes - 4; at += 8) {
      right ^= mixed(state, left) ^ state.getInt32(at, true)
      left ^= mixed(state, right) ^ state.getInt32(at + 4, true)
    }
    this.left = right ^ state.getInt32(boxes - 4, true)
    this.right = left
  }

  #expand(key: DataView, salt: DataView): void {
    const state = this.#state
    for (let at = 0; at < boxes; at += 4) {
      state.setInt32(at, state.getInt32(at, true) ^ key.getInt32(at), true)
    }
    this.left = 0
    this.right = 0
    for (let at = 0; at < stateBytes; at += 8) {
      this.left ^= salt.getInt32(at & 8)
      this.right ^= salt.getInt32((at & 8) + 4)
      this.encrypt()
      state.setInt32(at, this.left, true)
      state.setInt32(at + 4, this.right, true)
    }
  }
}

const mixed = (state: DataView, word: number): number =>
  (((state.getInt32(boxes + ((word >>> 22) & 0x3fc), true) +
    state.getInt32(boxes + 1024 + ((word >>> 14) & 0x3fc), true)) ^
    state.getInt32(boxes + 2048 + ((word >>> 6) & 0x3fc), true)) +
    state.getInt32(boxes + 3072 + ((word << 2) & 0x3fc), true)) |
  0

/** Repeats bytes up to a length. */
function cycle(bytes: Uint8Array, length: number): DataView<ArrayBuffer> {
  const cycled = new Uint8Array(length)
  for (let at = 0; at < length; at += bytes.byteLength) {
    cycled.set(bytes.subarray(0, length - at), at)
  }
  return new DataView(cycled.buffer)
}

const magic = 'OrpheanBeholderScryDoubt'

/**
 * Returns the 23 bytes of a bcrypt hash. `cost` is the logarithm of the number of rounds, `salt` has 16
 * bytes, and 72 bytes of the password count.
 */
export function bcrypt(cost: number, salt: Uint8Array, password: Uint8Array): Uint8Array {
  const key = new Uint8Array(password.byteLength + 1)
  key.set(password)
  const cipher = new EksBlowfish(cost, salt, key)
  const text = new DataView(new TextEncoder().encode(magic).buffer)
  for (let at = 0; at < magic.length; at += 8) {
    cipher.left = text.getInt32(at)
    cipher.right = text.getInt32(at + 4)
    for (let round = 0; round < 64; round++) cipher.encrypt()
    text.setInt32(at, cipher.left)
    text.setInt32(at + 4, cipher.right)
  }
  // The last byte was lost in the first implementation.
  return new Uint8Array(text.buffer, 0, 23)
}
