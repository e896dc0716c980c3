// The two files of the package `argon2id` that the worker uses, which it has no types for.
declare module 'argon2id/dist/simd.wasm' {
  const module: WebAssembly.Module
  export default module
}

declare module 'argon2id/lib/blake2b.js' {
  type Blake2b = {
    update: (input: Uint8Array) => Blake2b
    digest: (output: Uint8Array) => ArrayBuffer
  }
  /** Begins a BLAKE2b hash (RFC 7693) of `length` bytes, at most 64. */
  export default function blake2b(length: number): Blake2b
}
