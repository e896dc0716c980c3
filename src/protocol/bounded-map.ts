// What an isolate remembers is bounded: whatever is new pushes out what is oldest.

/** Sets an entry as the newest one of a map, and deletes the oldest ones beyond `most`. */
export function setNewest<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  value: Value,
  most: number,
): void {
  map.delete(key)
  // A Map keeps its order of insertion: the first one is the longest there.
  for (const oldest of map.keys()) {
    if (map.size < most) break
    map.delete(oldest)
  }
  map.set(key, value)
}
