// The frame of every page, in three shapes: the door, a panel for one question, the room, a column
// for the account page, and the desk, with the navigation of the console. Pages have no inline style,
// work without script, and obey a strict CSP, which allows the stylesheet, the scripts of a page by
// their hashes and, if a logo is set, its image.

import type { Child } from 'hono/jsx'
import { fill } from './fill.ts'
import { type Language, languages } from './language.ts'
import { Mark } from './mark.tsx'
import { day, night } from './palette.ts'
import { Script, type ScriptName } from './script.tsx'
import { textsIn } from './texts.ts'

/** The deployment's branding. `logoUrl` is an https or same-origin image. */
type Branding = { name: string; logoUrl?: string }

/** What every page receives, whatever it shows. */
export type Frame = {
  language: Language
  /** The instant of the request, in seconds. */
  now: number
  branding: Branding
  stylesheetHref: string
  /** A stylesheet on top of the other. */
  furtherStylesheetHref?: string
  iconHref?: string
  /** The addresses of this page in each language; absent if it cannot be fetched again. */
  languageHrefs?: Readonly<Record<Language, string>>
}

type DocumentProps = {
  frame: Frame
  title: string
  /**
   * Whether the last post was refused. The title says so first, because screen readers read it
   * first.
   */
  isRefusal?: boolean
  shape?: 'door' | 'room' | 'desk'
  /**
   * The id of the form that people type into. Its page changes the language by posting that form with
   * `language`, so that what was typed is kept; other pages have links.
   */
  typedForm?: string
  scripts?: readonly ScriptName[]
  /** Shown beside the name at the top of a room, or below it at a desk. */
  aside?: Child
  children?: Child
}

/** Renders a complete document. `title` is plain text, `children` the content below the name. */
export function renderDocument(props: DocumentProps): string {
  const { frame, shape = 'door' } = props
  const { errorTitle } = textsIn(frame.language)
  const title = props.isRefusal ? fill(errorTitle, { title: props.title }).join('') : props.title
  const document = (
    <html lang={frame.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content={day.wall} media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content={night.wall} media="(prefers-color-scheme: dark)" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${frame.branding.name}`}</title>
        <link rel="stylesheet" href={frame.stylesheetHref} />
        {frame.furtherStylesheetHref && (
          <link rel="stylesheet" href={frame.furtherStylesheetHref} />
        )}
        {frame.iconHref && <link rel="icon" href={frame.iconHref} type="image/svg+xml" />}
        <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
      </head>
      <body class={shape}>
        {shape !== 'door' && (
          <header>
            <BrandName branding={frame.branding} />
            {props.aside}
          </header>
        )}
        <main>
          {shape === 'door' && <div class="keystone" />}
          {shape === 'door' && <BrandName branding={frame.branding} />}
          {props.children}
        </main>
        {shape === 'door' && <div class="threshold" />}
        <LanguageSwitch frame={frame} typedForm={props.typedForm} />
        {props.scripts?.map((name) => (
          <Script name={name} />
        ))}
      </body>
    </html>
  )
  return `<!doctype html>${String(document)}`
}

function BrandName(props: { branding: Branding }) {
  return (
    <div class="brand">
      {props.branding.logoUrl ? <img src={props.branding.logoUrl} alt="" /> : <Mark />}
      <span>{props.branding.name}</span>
    </div>
  )
}

function LanguageSwitch({ frame, typedForm }: { frame: Frame; typedForm?: string | undefined }) {
  const hrefs = frame.languageHrefs
  if (!hrefs && typedForm === undefined) return null
  return (
    <footer>
      <nav aria-label={textsIn(frame.language).languages}>
        {languages.map((language) => {
          const current = language === frame.language ? 'true' : undefined
          const name = textsIn(language).languageName
          return typedForm === undefined ? (
            <a href={hrefs?.[language]} lang={language} hreflang={language} aria-current={current}>
              {name}
            </a>
          ) : (
            // To a person it is the link that it is on other pages.
            <button
              role="link"
              class="link"
              form={typedForm}
              name="language"
              value={language}
              formnovalidate
              lang={language}
              aria-current={current}
            >
              {name}
            </button>
          )
        })}
      </nav>
    </footer>
  )
}
