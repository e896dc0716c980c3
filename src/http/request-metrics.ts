// A point of Workers Analytics Engine for each request, if the binding METRICS is there. A point holds the
// pattern of the route and never the path, and no name or address of a person.
import type { RequestLog } from './request-log.ts'

/** Bytes that the platform allows an index to have. */
const longestIndex = 96

/**
 * Writes the point of a request that was answered. Its index is the client, its blobs are route, method
 * and outcome (`ok`, `without_database`, or the error code), its doubles are the status and the duration in
 * milliseconds.
 */
export function measureRequest(
  dataset: AnalyticsEngineDataset | undefined,
  { method, route, clientId, code, isWithoutDatabase }: RequestLog,
  status: number,
  duration: number,
): void {
  const success = isWithoutDatabase ? 'without_database' : 'ok'
  const outcome = status < 400 ? success : 'refused'
  try {
    dataset?.writeDataPoint({
      indexes: [(clientId ?? 'none').slice(0, longestIndex)],
      blobs: [route ?? 'none', method, code ?? outcome],
      doubles: [status, duration],
    })
  } catch {
    // A request is worth more than its point.
  }
}
