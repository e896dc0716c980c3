// The page for somebody who signed in without coming from a client.

import { ClientName, type LinkedApp } from './client.tsx'
import { fill } from './fill.ts'
import { type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import { type ShownUser, UserName } from './user.tsx'

const longestName = 40

/**
 * Maximum entries per list and page, here and in an account, so that a page stays small with any names in
 * it. The rest of a list is behind its `olderHref`, so that every access can be found.
 */
export const longestList = 6

type HomeProps = {
  user: ShownUser
  /** The user's apps that have registered a start URL. */
  apps: readonly LinkedApp[]
  accountHref: string
  logout: Form
}

/** Renders the home page. `logout` is a form with a single button. */
export function homePage(frame: Frame, home: HomeProps): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.home.title,
    children: (
      <>
        <h1>{texts.home.title}</h1>
        <p class="lead">{fill(texts.signedInAs, { user: <UserName user={home.user} /> })}</p>
        {home.apps.length > 0 && (
          <nav aria-labelledby="apps">
            <h2 id="apps">{texts.home.apps}</h2>
            <ul>
              {home.apps.map(({ client, href }) => (
                <li>
                  <a href={href} rel="noreferrer">
                    <ClientName client={client} texts={texts} longest={longestName} />
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
        <a class="button" href={home.accountHref}>
          {texts.home.account}
        </a>
        <PostForm form={home.logout}>
          <button class="quiet">{texts.signOut}</button>
        </PostForm>
      </>
    ),
  })
}
