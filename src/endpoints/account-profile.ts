// The pages of the profile and the language of somebody who is signed in.
import { isFresh } from '../core/people/fresh-sign-in.ts'
import { type ProfileOutcome, changeFullName, changeUsername } from '../core/people/self/profile.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { languagePage, profilePage } from '../pages/account-profile.tsx'
import { languages } from '../pages/language.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { accountFrameOf, noticeOf } from './account-frame.ts'
import { formTo, freshly, ownForm, ownPage } from './own-form.ts'
import { page, refuse, seeOther } from './page.ts'

const profilePath = '/account/profile'
const usernamePath = '/account/username'
const languagePath = '/account/language'

/** The pages of the profile and the language. */
export const profileEndpoints: readonly Endpoint[] = [
  ownPage(profilePath, (context, standing) => showProfile(context, standing), changeOwnName),
  // People sign in with it, and the old one is free for others.
  ownForm(usernamePath, freshly(changeOwnUsername, profilePath), profilePath),
  ownPage(languagePath, showLanguage, changeLanguage),
]

type Refused = {
  of: 'name' | 'username'
  typed: string
  reason: Exclude<ProfileOutcome, 'changed'>
}

async function showProfile(
  context: FaceContext,
  standing: SessionStanding,
  refused?: Refused,
): Promise<Response> {
  const { as } = context.env
  const { user } = standing
  const frame = await accountFrameOf(context, user, profilePath)
  const change = isFresh(as, standing) ? 'possible' : 'confirm first'
  const html = profilePage(frame, {
    form: await formTo(context, profilePath),
    usernameForm: await formTo(context, usernamePath),
    notice: noticeOf(context, standing, frame),
    name: user.name ?? '',
    username: user.username,
    usernameChange: as.settings.people.signUpUsername ? change : 'none',
    ...(refused === undefined ? {} : { [refused.of]: refused.typed, refusal: refused }),
  })
  return page(context, html, refused === undefined ? 200 : 400)
}

// An empty input is the same as none (RFC 6749 3.1): it removes the name.
async function changeOwnName(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const typed = form.get('name') ?? ''
  const outcome = await changeFullName(context.env.as, standing.user, typed)
  return answer(context, standing, { of: 'name', typed, outcome })
}

async function changeOwnUsername(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  if (!as.settings.people.signUpUsername) {
    return refuse(context, 'denied', 403, { startAgainHref: profilePath })
  }
  const typed = form.get('username') ?? ''
  const outcome = await changeUsername(as, standing.user, typed)
  return answer(context, standing, { of: 'username', typed, outcome })
}

const answer = (
  context: FaceContext,
  standing: SessionStanding,
  { of, typed, outcome }: { of: Refused['of']; typed: string; outcome: ProfileOutcome },
): Promise<Response> | Response =>
  outcome === 'changed'
    ? seeOther(context, `${profilePath}?done=saved`)
    : showProfile(context, standing, { of, typed, reason: outcome })

async function showLanguage(context: FaceContext, standing: SessionStanding): Promise<Response> {
  const frame = await accountFrameOf(context, standing.user, languagePath)
  const html = languagePage(frame, {
    form: await formTo(context, languagePath),
    notice: noticeOf(context, standing, frame),
    locale: standing.user.locale,
  })
  return page(context, html)
}

async function changeLanguage(
  context: FaceContext,
  { user }: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const chosen = languages.find((language) => language === form.get('locale')) ?? null
  await as.store.self.setLocale(user.id, chosen, as.now)
  return seeOther(context, `${languagePath}?done=saved`)
}
