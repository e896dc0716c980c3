// What one purpose of one-time links does at the door: the page of its link, and what the form of that
// page does. mail-actions.ts has what is the same for all.
import type { FoundMailAction } from '../../core/people/mail/action.ts'
import type { MailPurpose } from '../../core/people/mail/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import type { Form } from '../../pages/form.tsx'
import type { Frame } from '../../pages/layout.tsx'
import type { Texts } from '../../pages/texts/en.ts'
import type { Parameters } from '../../protocol/parameters.ts'

/** Why the form of a link was refused and is shown again; `retryAfter` in seconds. */
export type MailRefusal = { reason: keyof Texts['mail']['refusals']; retryAfter?: number }

/** A link that counts, about to be shown. */
export type ShownLink = { frame: Frame; form: Form; found: FoundMailAction; refusal?: MailRefusal }

/** The form of a link as it was sent, proved to be ours. */
export type LinkAnswer = { token: string; browserSecret: string; form: Parameters }

export type MailUse = {
  purpose: MailPurpose
  /** Renders the page of a link. Seeing it changes nothing: scanners of mails see it, too. */
  show: (context: FaceContext, link: ShownLink) => Promise<string>
  /**
   * Does what the form of a link asks. Returns why the form is shown again, or `dead` if the link does not
   * count any more.
   */
  answer: (context: FaceContext, answer: LinkAnswer) => Promise<Response | MailRefusal | 'dead'>
}
