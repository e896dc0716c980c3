// What is made when it is first asked for. Schemas most of all: an isolate's first answer would wait
// for them, and most isolates never see an operator or a provider elsewhere.

/** Gives what `make` gives, made at the first call. */
export function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => (made ??= { value: make() }).value
}
