// What a decision of the core refuses, as a value to compare.
import { OAuthError } from '../../src/protocol/error.ts'

type Refusal = { error: string; reason: string | undefined }

/** Returns the outcome of a decision: its result, or the code and the reason of its refusal. */
export async function refusalOf<Result>(decide: () => Promise<Result>): Promise<Result | Refusal> {
  try {
    return await decide()
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    return { error: thrown.code, reason: thrown.reason }
  }
}
