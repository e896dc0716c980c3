// What a step is: something that is asked of a person, on a page of ours, before a client gets its
// answer or before a page of ours is shown. steps.ts lists all of them in their order.
import type { AuthorizationErrorCode } from '../../../protocol/error.ts'
import type { Parameters } from '../../../protocol/parameters.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { PasswordFault } from '../../people/chosen-password.ts'
import type { BegunSession } from '../../people/browser-session.ts'
import type { HalfProof } from '../../people/half-proof.ts'
import type { MailPurpose } from '../../people/mail/storage.ts'
import type { RefusedPasskey } from '../../people/passkeys/sign-in.ts'
import type { SignUpFault } from '../../people/sign-up/sign-up.ts'
import type { SessionStanding } from '../../people/storage.ts'
import type { Settings } from '../../server/settings.ts'
import type { Goal } from '../goal.ts'
import type { Screen } from '../screen.ts'

/**
 * How far a goal has come: who is signed in, and the names of the steps done since it was asked for.
 */
export type Progress<Standing = SessionStanding | null> = {
  goal: Goal
  standing: Standing
  done: readonly string[]
  /** Somebody who has proved one factor of two: they are not signed in yet. */
  half?: HalfProof | undefined
}

/** A step whose page is open in the browser: the progress, and the screen that the page answers. */
export type Scene<Standing = SessionStanding | null> = Progress<Standing> & {
  screen: Screen
  /** The session that the page was shown to; null = nobody was signed in. */
  sessionId: string | null
}

/** The answer that a person gave on the page of a step. */
export type Reply = {
  form: Parameters
  /** The language of the page (BCP 47). */
  language: string
  /** The secrets of the browser that sent the form. */
  browser: {
    secret: string
    session: string | undefined
    knownMark: string | undefined
    rememberedMark: string | undefined
  }
  /** Returns whether the step is still the next one and asks for no more than its page showed. */
  isStillAsked: () => Promise<boolean>
}

/** Why the page of a step is shown again; `retryAfter` in seconds. */
export type StepRefusal =
  | { reason: 'credentials' }
  /** `old`: the page was open for too long. */
  | { reason: 'code' }
  | { reason: 'old' }
  | { reason: 'throttled'; retryAfter: number }
  | RefusedPasskey
  | { reason: 'password'; fault: 'wrong' | 'unchanged' | PasswordFault }
  | { reason: 'sign-up'; fault: SignUpFault }

/** The outcome of an answer to a step. */
export type StepOutcome =
  /**
   * The goal goes on. A session begun (or raised) by the step, and the marks, go to the browser;
   * `lifetime` in seconds.
   */
  | {
      outcome: 'goes on'
      progress: Progress
      session?: BegunSession
      knownMark?: string
      remembered?: { mark: string; lifetime: number }
    }
  /** A mail was sent that leads on, or would have been: the page is the same for everybody. */
  | { outcome: 'mailed'; purpose: MailPurpose; address: string }
  /** The page is shown again, with the reason, or to ask for more. */
  | { outcome: 'asks again'; refusal: StepRefusal | undefined }
  /** The person signs in at a provider instead. */
  | { outcome: 'leaves'; providerId: string; loginHint: string }
  /** Another answer to the screen came first: what it made true is read anew. */
  | { outcome: 'came second' }
  /** The screen cannot be answered any more. */
  | { outcome: 'expired' }

/** The error where a step is needed and nobody may be asked. */
type StepRequired = { code: AuthorizationErrorCode; description: string }

export const interactionRequired: StepRequired = {
  code: 'interaction_required',
  description: 'the user must take a further step',
}

type StepFacts<Name extends string> = {
  /** What `done` and, for a prompt, `prompt` of the request call the step. */
  name: Name
  /** The address of its page. */
  path: `/${string}`
  /** Whether a client may ask for the step by its name (OpenID Connect Core 3.1.2.1, `prompt`). */
  isPrompt: boolean
  /** Returns whether these settings have the step; absent = all do. Otherwise its page is not found. */
  isOn?: (settings: Settings) => boolean
  /**
   * The error of `prompt=none` where the step is needed (OpenID Connect Core 3.1.2.6); absent =
   * interaction_required.
   */
  whenSilent?: StepRequired
}

/** A step for somebody who is signed in. Only the session that saw the page can answer it. */
export type SessionStep<Name extends string = string> = StepFacts<Name> & {
  needsSession: true
  /**
   * Returns whether the step must be taken, given what is asked for and what is done. For a page of
   * ours it must rest on what is stored, because the page forgets `done` as soon as it is reached.
   */
  isNeeded: (
    as: AuthorizationServer,
    progress: Progress<SessionStanding>,
  ) => boolean | Promise<boolean>
  /** Returns the scope that the page shows; an answer allows no more. Absent = the page shows none. */
  askedScope?: (as: AuthorizationServer, progress: Progress<SessionStanding>) => readonly string[]
  /** Acts on an answer. @throws OAuthError for the client, e.g. access_denied */
  answer: (
    as: AuthorizationServer,
    scene: Scene<SessionStanding>,
    reply: Reply,
  ) => Promise<StepOutcome>
}

/** A step that proves who somebody is: it can be taken without a session. */
export type SignInStep<Name extends string = string> = StepFacts<Name> & {
  needsSession: false
  /** Returns whether the step must be taken. @throws OAuthError for the client where it cannot help */
  isNeeded: (as: AuthorizationServer, progress: Progress) => Promise<boolean>
  /**
   * Returns the progress where the step was taken since its screen was made, here or in another tab.
   * Null = its page must still be shown.
   */
  takenMeanwhile: (as: AuthorizationServer, scene: Scene) => Progress | null
  /** Acts on an answer. `scene.standing` is not read for it. */
  answer: (as: AuthorizationServer, scene: Scene, reply: Reply) => Promise<StepOutcome>
}

export type Step = SessionStep | SignInStep

/** Returns whether a step has been taken for this goal. */
export const isDone = ({ done }: Pick<Progress, 'done'>, { name }: { name: string }): boolean =>
  done.includes(name)

/** Returns the steps that are done once this one is, too. */
export const doneWith = (
  { done }: Pick<Progress, 'done'>,
  { name }: { name: string },
): readonly string[] => [...done.filter((other) => other !== name), name]

/** Returns whether the client asked for a step by `prompt`; no page of ours does. */
export const isPrompted = ({ goal }: Pick<Progress, 'goal'>, { name }: { name: string }): boolean =>
  goal.kind === 'authorization' && goal.request.prompt.includes(name)
