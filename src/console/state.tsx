// Whether a thing is disabled, and what changes that.
import { type Form, PostForm } from '../pages/form.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

/** Says since when a thing is disabled, in seconds. */
export const DisabledSince = ({ visit, at }: { visit: Visit; at: number }) => (
  <>
    <span class="badge bad">{visit.texts.users.disabled}</span> <When at={at} now={visit.as.now} />
  </>
)

/** Leads to the question that disables the thing at `here`, or enables it again by the form `enable`. */
export function DisableOrEnable(props: {
  visit: Visit
  disabledAt: number | null
  here: string
  enable: Form
}) {
  const { users: texts } = props.visit.texts
  return props.disabledAt === null ? (
    <a class="button quiet" href={`${props.here}/disable`}>
      {texts.disable}
    </a>
  ) : (
    <PostForm form={props.enable}>
      <button class="quiet">{texts.enable}</button>
    </PostForm>
  )
}
