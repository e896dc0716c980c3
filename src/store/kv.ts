// KV may be stale, slow or down; nobody waits for it longer than this.

/** Milliseconds until KV counts as down for this request. */
const deadline = 1_000

/** Waits for a read of KV; null if it fails or takes too long. */
export async function orMiss<Result>(read: Promise<Result>): Promise<Result | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), deadline)
  })
  try {
    return await Promise.race([read, late])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
