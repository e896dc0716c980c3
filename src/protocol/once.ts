// Lazy creation, mainly for schemas. Building them at start-up would delay an isolate's first
// response, and most isolates never serve an operator or sign anybody in through a provider.

/** Returns a function that calls `make` on its first call and returns the same value ever after. */
export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => (made ??= { value: make() }).value
}
